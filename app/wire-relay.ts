import type { FoundCredentials } from './accounts/found-credentials.ts';
import type { CredentialRefresher } from './accounts/refresher.ts';
import type { AlertWatch } from './alert-watch.ts';
import type { RelayError } from './domain/errors.ts';
import type { KeyActivation } from './keys/activation.ts';
import type { Limiter } from './keys/limiter.ts';
import type { KeyUses } from './keys/uses.ts';
import { callLine, type Loggers } from './log.ts';
import type { Failovers } from './notify/failovers.ts';
import type { Parts } from './parts.ts';
import { protocols } from './protocols/index.ts';
import type { AccountCaps } from './relay/account-caps.ts';
import { amountsOf, type CallAmounts, costBefore, limitedCall } from './relay/amounts.ts';
import { type Admitted, isFree, type Received } from './relay/call.ts';
import { KeyPlaces } from './relay/key-places.ts';
import type { LoopLag } from './relay/loop-lag.ts';
import { NodeClaims } from './relay/node-claims.ts';
import type { RelayDeps } from './relay/relay.ts';
import { type ReplayDeps, Replays } from './relay/replays.ts';
import { RetryBudget } from './relay/retry-budget.ts';
import { choose } from './scheduler/choose.ts';
import type { Ask, Plan } from './scheduler/plan.ts';
import type { ServerState } from './scheduler/server-state.ts';
import type { Pin, StickySessions } from './scheduler/sticky.ts';
import type { LiveCalls } from './server/live-calls.ts';
import type { State } from './state/state.ts';
import type { Statement } from './store/store.ts';
import type { BudgetWatch } from './usage/budget-watch.ts';
import { priceCall } from './usage/price-call.ts';
import type { Price, UnitPrices } from './usage/prices.ts';
import type { CallRecord } from './usage/record.ts';
import type { UsageRecorder } from './usage/recorder.ts';
import type { RefusedCall } from './usage/refused-calls.ts';

export interface LiveParts {
  readonly state: State;
  readonly sticky: StickySessions;
  readonly serverState: ServerState;
  readonly recorder: UsageRecorder;
  readonly lag: LoopLag;
  readonly limiter: Limiter;
  readonly accountCaps: AccountCaps;
  readonly budgetWatch: Pick<BudgetWatch, 'note'>;
  readonly alertWatch: Pick<AlertWatch, 'soon'>;
  readonly failovers: Pick<Failovers, 'note'>;
  readonly refresher: CredentialRefresher;
  readonly credentials: Pick<FoundCredentials, 'credential'>;
  readonly activation: KeyActivation;
  readonly uses: KeyUses;
  readonly loggers: Pick<Loggers, 'of' | 'call'>;
  readonly watch: RelayWatch;
  isOpen(): boolean;
}

/** Told of what happens, for whoever looks on. */
export interface RelayWatch {
  readonly calls: Pick<LiveCalls, 'opened' | 'attempting' | 'settled'>;
  accountChanged(id: string): void;
  limitsChanged(id: string): void;
}

/** The functions that the pipeline needs, from the parts that have them. */
export function wireRelay(parts: Parts, live: LiveParts): RelayDeps {
  const { accounts, accountRepository, catalogue, keys, prices, rules, transport, ports, config } = parts;
  const { recorder, serverState, sticky, loggers, refresher, credentials } = live;
  const log = loggers.of('relay');
  const chooseNow = (ask: Ask): Plan => {
    const { groups } = accounts;
    return choose({ views: accounts.views(ask.route), groups, rules: rules.current, now: ports.clock.now() }, ask);
  };
  return {
    ...watchedSteps(parts, live),
    clock: ports.clock,
    providers: ports.providers,
    protocols,
    limits: config.limits,
    verifyKey: (secret, now, address) => keys.verify(secret, now, address),
    isKey: (secret) => keys.isMeant(secret),
    hasPassthrough: (route) =>
      accounts.views(route).some((view) => view.forwardsClientCredential && view.account.isEnabled),
    ...limiting(parts, live),
    resolveModel: (asked) => catalogue.resolve(asked).model,
    isOpen: live.isOpen,
    isPaused: () => parts.pause.isPaused,
    isSaturated: () => recorder.isSaturated(),
    isLagging: () => live.lag.isLagging,
    activate: (key, at) => live.activation.begin(key, at),
    views: (route) => accounts.views(route),
    choose: chooseNow,
    findSticky: (name) => sticky.find(name),
    moveNanoUsd: (pin, model) => moveNanoUsd(pin, prices.find(model), ports.clock.monotonic()),
    credential: (id) => credentials.credential(id),
    credentialRefused: (id, revision) => refresher.refused(id, revision),
    endpoints: (provider) => parts.oauth.of(provider),
    send: (request, options) => transport.send(request, options),
    take: (id, upstreamModel) => accounts.take(id, upstreamModel),
    give: (id) => accounts.give(id),
    waitForAccount: (wish) => accounts.queue.wait(wish),
    queuePosition: (keyId) => accounts.queue.nextPosition(keyId),
    findView: (id) => accounts.get(id),
    retries: new RetryBudget(),
    noteError: (id, error) => accountRepository.timeline.errorStatements(id, error),
    ...hedging(parts),
    correctClock: (id, upstreamAheadMs) => accounts.correctClock(id, upstreamAheadMs),
    replan: (call) => chooseNow(call.ask),
    record: (call, extra) => recorder.record(call, extra),
    locateState: (keyId, ids) => serverState.locate(keyId, ids),
    findHome: (keyId, madeBy) => serverState.home(keyId, madeBy),
    ownState: (keyId, accountId, ids) => serverState.ownOf(keyId, accountId, ids),
    noteState: (note) => serverState.note(note),
    keepSticky: (name, stay) => sticky.keep(name, stay),
    ...replaying(parts, live.state, log),
    noteRefusal: (call, error, keyId) => parts.refusedCalls.note(refusedCall(call, error, keyId)),
    reportDefect: (requestId, cause) => log.error(`${requestId} failed unexpectedly`, { cause: describe(cause) }),
  };
}

type WatchedSteps = 'opened' | 'attempting' | 'answered' | 'applyHealth' | 'noteLimits' | 'logCall';

/** The steps of a call that somebody may look on at. */
function watchedSteps({ accounts }: Parts, live: LiveParts): Pick<RelayDeps, WatchedSteps> {
  const { recorder, loggers, watch, alertWatch, failovers } = live;
  const log = loggers.of('relay');
  const told = (id: string, changes: readonly Statement[]): readonly Statement[] => {
    if (changes.length === 0) return changes;
    watch.accountChanged(id);
    alertWatch.soon();
    return changes;
  };
  return {
    opened: (call) => {
      recorder.opened(openedCall(call));
      watch.calls.opened(call);
      noteUse(live.uses, call);
    },
    attempting: (requestId, accountId) => {
      recorder.attempting(requestId, accountId);
      watch.calls.attempting(requestId, accountId);
    },
    answered: (id, firstByteMs) => told(id, accounts.answered(id, firstByteMs)),
    applyHealth: (id, event) => told(id, accounts.apply(id, event)),
    noteLimits: (id, limits) => {
      accounts.noteLimits(id, limits);
      watch.limitsChanged(id);
    },
    logCall: (call) => {
      loggers.call(callLine(call));
      watch.calls.settled(call);
      failovers.note(call);
      if (call.usage.anomalies) log.warn(anomalySentence(call));
    },
  };
}

function placesOf({ config, ports }: Parts, { leases }: State): KeyPlaces {
  const { keyWaitMs: maxWaitMs } = config.limits;
  return new KeyPlaces({ leases, clock: ports.clock, maxWaitMs, isShared: config.redisUrl !== undefined });
}

function spentBy(call: CallRecord, { prices }: Parts, { budgetWatch }: LiveParts): CallAmounts {
  const amounts = amountsOf(call, prices);
  const { real, billed } = amounts;
  const { keyId, accountId } = call;
  budgetWatch.note({ keyId, accountId, costNanoUsd: real.cost, billedNanoUsd: billed.cost });
  return amounts;
}

type Limiting =
  | 'keyPlaces'
  | 'reserve'
  | 'billingOf'
  | 'limitStandings'
  | 'spent'
  | 'recount'
  | 'holdCaps'
  | 'costBefore'
  | 'recountAccount';

/** Limits of keys and caps of accounts. */
function limiting(parts: Parts, live: LiveParts): Pick<RelayDeps, Limiting> {
  const { accounts, multipliers, prices } = parts;
  const { accountCaps, limiter, state } = live;
  return {
    keyPlaces: placesOf(parts, state),
    limitStandings: (key) => limiter.standings(key),
    reserve: (key, call) => limiter.reserve(key, limitedCall(call, prices)),
    billingOf: (key, api) => multipliers.of(key, api),
    spent: (call) => spentBy(call, parts, live),
    recount: (key) => limiter.recount(key),
    holdCaps: (account, call) => accountCaps.hold(account, limitedCall(call, prices)),
    costBefore: (call) => costBefore(call, prices),
    recountAccount: async (id) => {
      const view = accounts.get(id);
      if (view) await accountCaps.recount(view.account);
    },
  };
}

function replaying({ config, ports }: Parts, { marks }: State, log: ReturnType<Loggers['of']>): ReplayDeps {
  const { clock } = ports;
  return {
    replays: new Replays(clock),
    claims: config.redisUrl === undefined ? undefined : new NodeClaims({ marks, clock }),
    replayed: (requestId, replayOf) => log.info(`${requestId} gets the answer of ${replayOf}: same idempotency key`),
  };
}

function hedging({ rules, prices }: Parts): Pick<RelayDeps, 'hedgeAfterMs' | 'costOf'> {
  return {
    hedgeAfterMs: () => rules.current.hedgeAfterMs,
    costOf: (usage, model) => priceCall({ usage, model }, prices).cost_nano_usd ?? undefined,
  };
}

function noteUse(uses: KeyUses, { caller, receivedAt: at, headers, address }: Admitted): void {
  if (caller.kind === 'key') uses.note(caller.key.id, { at, userAgent: headers.userAgent, address });
}

/** Of a model without a known price, in nano-dollars per token: what a middling one costs. */
const unknownPrices: UnitPrices = { input: 3_000, output: 15_000, cacheRead: 0 };

/** A warm cache is worth the difference between writing and reading it; a cold one is worth nothing. */
function moveNanoUsd({ cachedTokens, warmUntil }: Pin, price: Price | undefined, now: number): number {
  if (warmUntil <= now) return 0;
  const { input, cacheWrite5m = input, cacheRead = input } = price ?? unknownPrices;
  const each = Math.max(input, cacheWrite5m) - cacheRead;
  return Math.max(0, cachedTokens * each);
}

function openedCall(call: Admitted) {
  return {
    requestId: call.requestId,
    startedAt: call.receivedAt,
    keyId: call.keyId,
    memberId: call.caller.kind === 'key' ? call.caller.key.memberId : undefined,
    protocol: call.protocol.id,
    route: call.route,
    model: call.facts.model,
    session: call.session,
    // What is free is free too when it is cut short.
    requestBytes: isFree(call) ? 0 : call.body.length,
    multiplier: call.multiplier,
  };
}

function refusedCall(
  { receivedAt: at, address, route, headers }: Received,
  error: RelayError,
  keyId?: string,
): RefusedCall {
  const { kind: reason, message } = error;
  return { at, keyId, reason, message, address, route, userAgent: headers.userAgent };
}

function anomalySentence({ requestId, upstreamModel, model, usage }: CallRecord): string {
  const what = usage.anomalies?.join(', ') ?? '';
  return `${requestId}: the usage that the upstream reported for ${upstreamModel ?? model} does not add up (${what})`;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
