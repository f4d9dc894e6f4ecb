import type { Clock } from '../domain/clock.ts';
import type { Usage } from '../domain/usage.ts';
import type { ApiKey } from '../keys/key.ts';
import { billedAt } from '../keys/multipliers.ts';
import type { StateNote } from '../scheduler/server-state.ts';
import type { SessionName, Stay } from '../scheduler/sticky.ts';
import type { Statement } from '../store/store.ts';
import type { CallRecord } from '../usage/record.ts';
import type { CallAmounts } from './amounts.ts';
import { type BatchUsageDeps, batchMultiplier, recordBatch } from './batch-usage.ts';
import { isFree, type Outcome, type Planned } from './call.ts';
import type { Waited } from './waited.ts';

export interface SettleDeps extends BatchUsageDeps {
  readonly clock: Clock;
  record(call: CallRecord, extra?: readonly Statement[]): void | Promise<void>;
  /** Remembers where something is; answers what stores it. */
  noteState(note: StateNote): readonly Statement[];
  keepSticky(name: SessionName, stay: Stay): void | Promise<void>;
  logCall(call: CallRecord): void;
  /** What a call came to, for the limits of its key and for the caps of accounts. */
  spent(call: CallRecord): CallAmounts;
  /** Calls were stored beside the one that is on its way: the limits of its key have to see them. */
  recount(key: ApiKey): Promise<void>;
  /** The same for the caps of the account that served them. */
  recountAccount(accountId: string): Promise<void>;
}

/** Makes the call's one row durable, then pins its session. Runs once for every admitted call. */
export async function settle(deps: SettleDeps, call: Planned, outcome: Outcome): Promise<void> {
  const record = toRecord(deps, call, outcome);
  const noted = notes(deps, { call, record }, outcome);
  // In one tick with the row: prices may change while it is written.
  const spent = deps.spent(record);
  const written = deps.record(record, noted.length > 0 ? [...outcome.health, ...noted] : outcome.health);
  if (written) await written;
  call.reservation?.spend(spent.billed);
  call.holds.spend(record, spent.real);
  if (outcome.batchResults) {
    await recordBatch(deps, { call, record }, outcome.batchResults);
    if (call.caller.kind === 'key') await deps.recount(call.caller.key);
    if (outcome.accountId !== undefined) await deps.recountAccount(outcome.accountId);
  }
  // Asking about files belongs to no conversation, whatever session its client names.
  if (outcome.status === 'completed' && outcome.accountId && !call.facts.stored && !isFree(call)) {
    const kept = deps.keepSticky(call.sessionName, stayOf(call, outcome.accountId, outcome.usage));
    if (kept) void kept.catch(() => undefined);
  }
  deps.logCall(record);
}

/** What the answer made is its account's, and so is what it only named; both become durable with the call's row. */
function notes(
  deps: SettleDeps,
  { call, record }: { readonly call: Planned; readonly record: CallRecord },
  { accountId, stateIds = [], status, httpStatus }: Outcome,
): Statement[] {
  const { keyId, facts, placement, route } = call;
  if (accountId === undefined || facts.leavesState === false) return [];
  if (stateIds.length === 0 && !facts.serverState) return [];
  const named = new Set(facts.serverState);
  // What a batch tells of its files is this key's when the batch is.
  const isMade = facts.stored !== 'item' || (placement?.kind === 'held' && placement.isOwn);
  const made = stateIds.filter((id) => !named.has(id)).map((id) => ({ id, isMade }));
  const isServed = status === 'completed' && (httpStatus ?? 0) < 300;
  const multiplier = batchMultiplier(call, record);
  const used = isServed ? [...named].map((id) => ({ id, isMade: false })) : [];
  return [...made, ...used].flatMap((what) => deps.noteState({ keyId, accountId, madeBy: route, multiplier, ...what }));
}

/** How long a prompt cache lives after its last use: an hour where that was paid for. */
const shortCacheMs = 300_000;
const longCacheMs = 3_600_000;

/** What the call leaves in its account's prompt cache. Vendors that cache by themselves report no writing of it. */
function stayOf(call: Planned, accountId: string, usage: Usage): Stay {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const written = cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  return {
    accountId,
    seen: call.ask.stickyAccountId,
    cachedTokens: call.protocol.id === 'anthropic' ? written : written + inputTokens,
    warmMs: cacheWrite1hTokens > 0 ? longCacheMs : shortCacheMs,
  };
}

function toRecord(deps: SettleDeps, call: Planned, outcome: Outcome): CallRecord {
  const { explanation } = call.plan;
  const waits = [...waitOfKey(call), ...outcome.waits];
  return {
    requestId: call.requestId,
    startedAt: call.receivedAt,
    durationMs: Math.round(deps.clock.monotonic() - call.startedAt),
    firstByteMs: outcome.firstByteAt === undefined ? undefined : Math.round(outcome.firstByteAt - call.startedAt),
    keyId: call.keyId,
    memberId: call.caller.kind === 'key' ? call.caller.key.memberId : undefined,
    accountId: outcome.accountId,
    protocol: call.protocol.id,
    route: call.route,
    model: call.facts.model,
    upstreamModel: outcome.upstreamModel,
    status: outcome.status,
    httpStatus: outcome.httpStatus,
    errorKind: outcome.errorKind,
    usage: outcome.usage,
    attempts: outcome.attempts,
    explanation: waits.length === 0 ? explanation : { ...explanation, waits },
    session: call.session,
    userAgent: call.headers.userAgent,
    project: call.headers.project,
    multiplier: billedAt(call.billing, outcome.cloud ?? 'direct'),
  };
}

function waitOfKey({ keyWait }: Planned): readonly Waited[] {
  return keyWait ? [{ reason: 'key', accountIds: [], ...keyWait, ended: 'account' }] : [];
}
