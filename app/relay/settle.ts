import type { Clock } from '../domain/clock.ts';
import type { ApiKey } from '../keys/key.ts';
import type { Amounts } from '../keys/limit.ts';
import type { StateNote } from '../scheduler/server-state.ts';
import type { Statement } from '../store/store.ts';
import type { CallRecord } from '../usage/record.ts';
import { type BatchUsageDeps, recordBatch } from './batch-usage.ts';
import type { Outcome, Planned } from './call.ts';

export interface SettleDeps extends BatchUsageDeps {
  readonly clock: Clock;
  record(call: CallRecord, extra?: readonly Statement[]): void | Promise<void>;
  /** Remembers where something is; answers what stores it. */
  noteState(note: StateNote): readonly Statement[];
  keepSticky(keyId: string, session: string, accountId: string): void | Promise<void>;
  logCall(call: CallRecord): void;
  /** What a call came to, for the limits of its key. */
  spent(call: CallRecord): Amounts;
  /** Calls were stored beside the one that is on its way: the limits of its key have to see them. */
  recount(key: ApiKey): Promise<void>;
}

/** Makes the call's one row durable, then pins its session. Runs once for every admitted call. */
export async function settle(deps: SettleDeps, call: Planned, outcome: Outcome): Promise<void> {
  const record = toRecord(deps, call, outcome);
  const noted = notes(deps, call, outcome);
  const written = deps.record(record, noted.length > 0 ? [...outcome.health, ...noted] : outcome.health);
  if (written) await written;
  call.reservation?.spend(deps.spent(record));
  if (outcome.batchResults) {
    await recordBatch(deps, { call, record }, outcome.batchResults);
    if (call.caller.kind === 'key') await deps.recount(call.caller.key);
  }
  // Asking about files belongs to no conversation, whatever session its client names.
  if (outcome.status === 'completed' && outcome.accountId && !call.facts.stored) {
    const kept = deps.keepSticky(call.keyId, call.session, outcome.accountId);
    if (kept) void kept.catch(() => undefined);
  }
  deps.logCall(record);
}

/** What the answer made is its account's, and so is what it only named; both become durable with the call's row. */
function notes(
  deps: SettleDeps,
  call: Planned,
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
  const used = isServed ? [...named].map((id) => ({ id, isMade: false })) : [];
  return [...made, ...used].flatMap((what) => deps.noteState({ keyId, accountId, madeBy: route, ...what }));
}

function toRecord(deps: SettleDeps, call: Planned, outcome: Outcome): CallRecord {
  return {
    requestId: call.requestId,
    startedAt: call.receivedAt,
    durationMs: Math.round(deps.clock.monotonic() - call.startedAt),
    firstByteMs: outcome.firstByteAt === undefined ? undefined : Math.round(outcome.firstByteAt - call.startedAt),
    keyId: call.keyId,
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
    explanation: call.plan.explanation,
    session: call.session,
    userAgent: call.headers.userAgent,
    project: call.headers.project,
  };
}
