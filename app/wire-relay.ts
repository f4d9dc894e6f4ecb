import { callLine, type Loggers } from './log.ts';
import type { Parts } from './parts.ts';
import { protocols } from './protocols/index.ts';
import type { Admitted } from './relay/call.ts';
import type { LoopLag } from './relay/loop-lag.ts';
import type { RelayDeps } from './relay/relay.ts';
import { RetryBudget } from './relay/retry-budget.ts';
import { choose } from './scheduler/choose.ts';
import type { Ask, Plan } from './scheduler/plan.ts';
import { ServerState } from './scheduler/server-state.ts';
import type { Pin, StickySessions } from './scheduler/sticky.ts';
import type { State } from './state/state.ts';
import type { Price } from './usage/prices.ts';
import type { UsageRecorder } from './usage/recorder.ts';

export interface LiveParts {
  readonly state: State;
  readonly sticky: StickySessions;
  readonly recorder: UsageRecorder;
  readonly lag: LoopLag;
  readonly loggers: Pick<Loggers, 'of' | 'call'>;
  isOpen(): boolean;
}

/** The functions that the pipeline needs, from the parts that have them. */
export function wireRelay(parts: Parts, live: LiveParts): RelayDeps {
  const { accounts, accountRepository, keys, transport, ports, config, rules, prices } = parts;
  const { recorder, sticky, loggers } = live;
  const log = loggers.of('relay');
  const serverState = new ServerState(live.state.marks);
  const chooseNow = (ask: Ask): Plan => {
    const { groups } = accounts;
    return choose({ views: accounts.views(ask.route), groups, rules: rules.current, now: ports.clock.now() }, ask);
  };
  return {
    clock: ports.clock,
    providers: ports.providers,
    protocols,
    limits: config.limits,
    verifyKey: (secret, now) => keys.verify(secret, now),
    hasPassthrough: (route) =>
      accounts.views(route).some((view) => view.forwardsClientCredential && view.account.isEnabled),
    leases: live.state.leases,
    isOpen: live.isOpen,
    isSaturated: () => recorder.isSaturated(),
    isLagging: () => live.lag.isLagging,
    opened: (call) => recorder.opened(openedCall(call)),
    choose: chooseNow,
    findSticky: (name) => sticky.find(name),
    moveNanoUsd: (pin, model) => moveNanoUsd(pin, prices.find(model), ports.clock.monotonic()),
    credential: (id) => accounts.credential(id),
    send: (request, options) => transport.send(request, options),
    take: (id, upstreamModel) => accounts.take(id, upstreamModel),
    give: (id) => accounts.give(id),
    waitForAccount: (wish) => accounts.queue.wait(wish),
    queuePosition: (keyId) => accounts.queue.nextPosition(keyId),
    findView: (id) => accounts.get(id),
    retries: new RetryBudget(),
    answered: (id, firstByteMs) => accounts.answered(id, firstByteMs),
    noteLimits: (id, limits) => accounts.noteLimits(id, limits),
    noteError: (id, error) => accountRepository.timeline.errorStatements(id, error),
    attempting: (requestId, accountId) => recorder.attempting(requestId, accountId),
    applyHealth: (id, event) => accounts.apply(id, event),
    forgetCredential: (id) => accounts.forgetCredential(id),
    replan: (call) => chooseNow(call.ask),
    record: (call, health) => recorder.record(call, health),
    findServerState: (keyId, id) => serverState.find(keyId, id),
    keepServerState: (keyId, id, accountId) => serverState.keep(keyId, id, accountId),
    keepSticky: (name, stay) => sticky.keep(name, stay),
    logCall: (call) => loggers.call(callLine(call)),
    reportDefect: (requestId, cause) => log.error(`${requestId} failed unexpectedly`, { cause: describe(cause) }),
  };
}

/** Nano-dollars per token for a model without a known price: what a middling one costs. */
const unknownPrice = 3_000;

/** A warm cache is worth the difference between writing and reading it; a cold one is worth nothing. */
function moveNanoUsd({ cachedTokens, warmUntil }: Pin, price: Price | undefined, now: number): number {
  if (warmUntil <= now) return 0;
  const each = price ? Math.max(price.input, price.cacheWrite5m) - price.cacheRead : unknownPrice;
  return Math.max(0, cachedTokens * each);
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
    requestBytes: call.body.length,
  };
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
