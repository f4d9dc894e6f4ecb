import type { Clock } from '../domain/clock.ts';
import type { Usage } from '../domain/usage.ts';
import type { SessionName, Stay } from '../scheduler/sticky.ts';
import type { Statement } from '../store/store.ts';
import type { CallRecord } from '../usage/record.ts';
import { isFree, type Outcome, type Planned } from './call.ts';

export interface SettleDeps {
  readonly clock: Clock;
  record(call: CallRecord, health: readonly Statement[]): void | Promise<void>;
  keepServerState(keyId: string, id: string, accountId: string): Promise<void>;
  keepSticky(name: SessionName, stay: Stay): void | Promise<void>;
  logCall(call: CallRecord): void;
}

/** Makes the call's one row durable, then pins its session. Runs once for every admitted call. */
export async function settle(deps: SettleDeps, call: Planned, outcome: Outcome): Promise<void> {
  const record = toRecord(deps, call, outcome);
  const written = deps.record(record, outcome.health);
  if (written) await written;
  if (outcome.status === 'completed' && outcome.accountId) {
    const kept = isFree(call)
      ? undefined
      : deps.keepSticky(call.sessionName, stayOf(call, outcome.accountId, outcome.usage));
    if (kept) void kept.catch(() => undefined);
    if (outcome.responseId) await deps.keepServerState(call.keyId, outcome.responseId, outcome.accountId);
  }
  deps.logCall(record);
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
    explanation: outcome.waits.length === 0 ? explanation : { ...explanation, waits: outcome.waits },
    session: call.session,
    userAgent: call.headers.userAgent,
    project: call.headers.project,
  };
}
