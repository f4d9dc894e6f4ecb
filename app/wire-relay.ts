import type { FoundCredentials } from './accounts/found-credentials.ts';
import type { CredentialRefresher } from './accounts/refresher.ts';
import type { KeyLimiter } from './keys/limiter.ts';
import { callLine, type Loggers } from './log.ts';
import type { Parts } from './parts.ts';
import { protocols } from './protocols/index.ts';
import { amountsOf, limitedCall } from './relay/amounts.ts';
import { type Admitted, isFree } from './relay/call.ts';
import type { RelayDeps } from './relay/relay.ts';
import { choose } from './scheduler/choose.ts';
import type { ServerState } from './scheduler/server-state.ts';
import type { StickySessions } from './scheduler/sticky.ts';
import type { State } from './state/state.ts';
import type { CallRecord } from './usage/record.ts';
import type { UsageRecorder } from './usage/recorder.ts';

export interface LiveParts {
  readonly state: State;
  readonly sticky: StickySessions;
  readonly serverState: ServerState;
  readonly recorder: UsageRecorder;
  readonly limiter: KeyLimiter;
  readonly refresher: CredentialRefresher;
  readonly credentials: Pick<FoundCredentials, 'credential'>;
  readonly loggers: Pick<Loggers, 'of' | 'call'>;
  isOpen(): boolean;
}

/** The functions that the pipeline needs, from the parts that have them. */
export function wireRelay(parts: Parts, live: LiveParts): RelayDeps {
  const { accounts, catalogue, keys, prices, transport, ports, config } = parts;
  const { recorder, serverState, sticky, loggers, refresher, credentials } = live;
  const log = loggers.of('relay');
  return {
    clock: ports.clock,
    providers: ports.providers,
    protocols,
    limits: config.limits,
    verifyKey: (secret, now) => keys.verify(secret, now),
    hasPassthrough: (route) =>
      accounts.views(route).some((view) => view.forwardsClientCredential && view.account.isEnabled),
    leases: live.state.leases,
    reserve: (key, call) => live.limiter.reserve(key, limitedCall(call, prices)),
    spent: (call) => amountsOf(call, prices),
    recount: (key) => live.limiter.recount(key),
    resolveModel: (asked) => catalogue.resolve(asked).model,
    isOpen: live.isOpen,
    isSaturated: () => recorder.isSaturated(),
    opened: (call) => recorder.opened(openedCall(call)),
    views: (route) => accounts.views(route),
    choose,
    findSticky: (keyId, session) => sticky.find(keyId, session),
    credential: (id) => credentials.credential(id),
    credentialRefused: (id, revision) => refresher.refused(id, revision),
    endpoints: (provider) => parts.oauth.of(provider),
    send: (request, options) => transport.send(request, options),
    started: (id) => accounts.started(id),
    ended: (id) => accounts.ended(id),
    attempting: (requestId, accountId) => recorder.attempting(requestId, accountId),
    applyHealth: (id, event) => accounts.apply(id, event),
    correctClock: (id, upstreamAheadMs) => accounts.correctClock(id, upstreamAheadMs),
    replan: (call) => choose(accounts.views(call.route), call.ask, ports.clock.now()),
    record: (call, extra) => recorder.record(call, extra),
    locateState: (keyId, ids) => serverState.locate(keyId, ids),
    findHome: (keyId, madeBy) => serverState.home(keyId, madeBy),
    ownState: (keyId, accountId, ids) => serverState.ownOf(keyId, accountId, ids),
    noteState: (note) => serverState.note(note),
    keepSticky: (keyId, session, accountId) => sticky.keep(keyId, session, accountId),
    logCall: (call) => {
      loggers.call(callLine(call));
      if (call.usage.anomalies) log.warn(anomalySentence(call));
    },
    reportDefect: (requestId, cause) => log.error(`${requestId} failed unexpectedly`, { cause: describe(cause) }),
  };
}

function openedCall(call: Admitted) {
  return {
    requestId: call.requestId,
    startedAt: call.receivedAt,
    keyId: call.keyId,
    protocol: call.protocol.id,
    route: call.route,
    model: call.facts.model,
    session: call.session,
    // What is free is free too when it is cut short.
    requestBytes: isFree(call) ? 0 : call.body.length,
  };
}

function anomalySentence({ requestId, upstreamModel, model, usage }: CallRecord): string {
  const what = usage.anomalies?.join(', ') ?? '';
  return `${requestId}: the usage that the upstream reported for ${upstreamModel ?? model} does not add up (${what})`;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
