import type { Clock } from '../domain/clock.ts';
import type { Amounts } from '../keys/limit.ts';
import type { Statement } from '../store/store.ts';
import type { CallRecord } from '../usage/record.ts';
import type { Outcome, Planned } from './call.ts';

export interface SettleDeps {
  readonly clock: Clock;
  record(call: CallRecord, health: readonly Statement[]): void | Promise<void>;
  keepServerState(keyId: string, id: string, accountId: string): Promise<void>;
  keepSticky(keyId: string, session: string, accountId: string): void | Promise<void>;
  logCall(call: CallRecord): void;
  /** What a call came to, for the limits of its key. */
  spent(call: CallRecord): Amounts;
}

/** Makes the call's one row durable, then pins its session. Runs once for every admitted call. */
export async function settle(deps: SettleDeps, call: Planned, outcome: Outcome): Promise<void> {
  const record = toRecord(deps, call, outcome);
  const written = deps.record(record, outcome.health);
  if (written) await written;
  call.reservation?.spend(deps.spent(record));
  if (outcome.status === 'completed' && outcome.accountId) {
    const kept = deps.keepSticky(call.keyId, call.session, outcome.accountId);
    if (kept) void kept.catch(() => undefined);
    if (outcome.responseId) await deps.keepServerState(call.keyId, outcome.responseId, outcome.accountId);
  }
  deps.logCall(record);
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
