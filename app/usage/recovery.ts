import { noUsage, type Usage } from '../domain/usage.ts';
import type { Store } from '../store/store.ts';
import { StoreBusy } from '../store/store.ts';
import type { JournalFile, Place } from './journal-file.ts';
import { type JournalLine, type OpenedCall, parseLine, type StartedAttempt } from './journal-lines.ts';
import type { CallRecord } from './record.ts';

/** What the journal of a run that ended says that SQL does not know. */
export interface Leftover {
  /** Settled, but not in SQL yet. */
  readonly rows: readonly Place[];
  /** Never settled: the process ended before they did. */
  readonly interrupted: readonly CallRecord[];
}

interface Found {
  readonly rows: Map<string, Place>;
  readonly opened: Map<string, OpenedCall>;
  readonly attempts: Map<string, StartedAttempt[]>;
}

/** Reading changes nothing, so it may be cut short and done again. */
export async function findLeftover(
  files: readonly JournalFile[],
  store: Store,
  warn: (message: string) => void,
): Promise<Leftover> {
  const found: Found = { rows: new Map(), opened: new Map(), attempts: new Map() };
  for (const file of files) readFile(file, found, warn);
  const requestIds = [...new Set([...found.rows.keys(), ...found.opened.keys()])];
  const settled = await findSettled(requestIds, store).catch(noneWhenBusy);
  const rows = [...found.rows].filter(([requestId]) => !settled.has(requestId)).map(([, place]) => place);
  const interrupted = [...found.opened.values()]
    .filter(({ requestId }) => !settled.has(requestId) && !found.rows.has(requestId))
    .map((call) => toInterrupted(call, found.attempts.get(call.requestId) ?? []));
  return { rows, interrupted };
}

/** A file that the disk does not give back stays pinned, so that it is not deleted. */
function readFile(file: JournalFile, found: Found, warn: (message: string) => void): void {
  try {
    for (const { text, ...place } of file.lines()) addLine(found, parseLine(text), place);
  } catch (error) {
    file.pins += 1;
    warn(`${file.path} cannot be read: calls that it holds are missing from usage (${String(error)})`);
  }
}

function addLine(found: Found, line: JournalLine | undefined, place: Place): void {
  if (line?.kind === 'opened') found.opened.set(line.call.requestId, line.call);
  else if (line?.kind === 'attempt') addAttempt(found.attempts, line.attempt);
  else if (line && !found.rows.has(line.spooled.row.request_id)) found.rows.set(line.spooled.row.request_id, place);
}

/** A file that was started fresh repeats the attempts of the calls on their way. */
function addAttempt(attempts: Map<string, StartedAttempt[]>, attempt: StartedAttempt): void {
  const known = attempts.get(attempt.requestId) ?? [];
  const isRepeated = known.some((one) => one.startedAt === attempt.startedAt && one.accountId === attempt.accountId);
  if (!isRepeated) attempts.set(attempt.requestId, [...known, attempt]);
}

const idsPerQuery = 1_000;

/** Which of these calls have their row. */
export async function findSettled(requestIds: readonly string[], store: Store): Promise<ReadonlySet<string>> {
  const settled = new Set<string>();
  for (let start = 0; start < requestIds.length; start += idsPerQuery) {
    const ids = requestIds.slice(start, start + idsPerQuery);
    const rows = await store.db.selectFrom('usage').select('request_id').where('request_id', 'in', ids).execute();
    for (const row of rows) settled.add(row.request_id);
  }
  return settled;
}

/** While the database is busy all of them are offered to it again: it keeps the row it has. */
function noneWhenBusy(error: unknown): ReadonlySet<string> {
  if (error instanceof StoreBusy) return new Set();
  throw error;
}

const bytesPerToken = 4;

function toInterrupted(call: OpenedCall, attempts: readonly StartedAttempt[]): CallRecord {
  const last = attempts.at(-1);
  const { requestId, startedAt, keyId, memberId, protocol, route, model, session, multiplier } = call;
  return {
    ...{ requestId, startedAt, keyId, memberId, protocol, route, model, session, multiplier },
    durationMs: last === undefined ? 0 : last.startedAt - startedAt,
    accountId: last?.accountId,
    status: 'aborted',
    usage: last === undefined || call.requestBytes === 0 ? noUsage : floor(call.requestBytes),
    attempts: attempts.map((attempt) => ({
      accountId: attempt.accountId,
      startedAt: attempt.startedAt,
      durationMs: 0,
      detail: 'Waystation ended during this try',
    })),
    explanation: { sticky: 'none', verdicts: [] },
  };
}

function floor(requestBytes: number): Usage {
  return { ...noUsage, basis: 'estimated', inputTokens: Math.ceil(requestBytes / bytesPerToken) };
}
