import type { Statement } from '../store/store.ts';
import { type UsageColumn, type UsageRow, usageColumns } from './row.ts';

/** A call on its way, as much of it as a row needs when the process ends before the call does. */
export interface OpenedCall {
  readonly requestId: string;
  readonly startedAt: number;
  readonly keyId: string;
  readonly memberId?: string | undefined;
  readonly protocol: string;
  readonly route: string;
  readonly model: string;
  readonly session?: string | undefined;
  readonly requestBytes: number;
  readonly multiplier?: number | undefined;
}

export interface StartedAttempt {
  readonly requestId: string;
  readonly accountId: string;
  readonly startedAt: number;
}

/** A settled call that SQL has not taken yet, with the statements of its transaction. */
export interface SpooledRow {
  readonly row: UsageRow;
  readonly extra: readonly Statement[];
}

export type JournalLine =
  | { readonly kind: 'opened'; readonly call: OpenedCall }
  | { readonly kind: 'attempt'; readonly attempt: StartedAttempt }
  | { readonly kind: 'row'; readonly spooled: SpooledRow };

/** Clients choose these; a line stays small. */
const maxText = 500;

export function openedLine(call: OpenedCall): string {
  const { requestId, startedAt, keyId, memberId, protocol, route, model, session, requestBytes, multiplier } = call;
  const fields = [
    'o',
    requestId,
    startedAt,
    keyId,
    protocol,
    short(route),
    short(model),
    session ?? null,
    requestBytes,
    ...(multiplier === undefined ? [] : [multiplier]),
    ...(memberId === undefined ? [] : [memberId]),
  ];
  return `${JSON.stringify(fields)}\n`;
}

export function attemptLine({ requestId, accountId, startedAt }: StartedAttempt): string {
  return `${JSON.stringify(['a', requestId, accountId, startedAt])}\n`;
}

/** Columns by name: a row that waited over an update of the program still finds its place. */
export function rowLine({ row, extra }: SpooledRow): string {
  return `${JSON.stringify(['r', row, extra])}\n`;
}

/** Undefined for what is not a whole line of ours, such as one that a kill tore. */
export function parseLine(line: string): JournalLine | undefined {
  const fields = parseArray(line);
  if (fields?.[0] === 'o') return parseOpened(fields);
  if (fields?.[0] === 'a') return parseAttempt(fields);
  if (fields?.[0] === 'r') return parseRow(fields);
  return undefined;
}

function parseOpened(fields: readonly unknown[]): JournalLine | undefined {
  const [, requestId, startedAt, keyId, protocol, route, model, session, requestBytes, ...more] = fields;
  if (typeof requestId !== 'string' || typeof startedAt !== 'number' || typeof keyId !== 'string') return undefined;
  if (typeof protocol !== 'string' || typeof route !== 'string' || typeof model !== 'string') return undefined;
  if (typeof requestBytes !== 'number') return undefined;
  const known = typeof session === 'string' ? session : undefined;
  const multiplier = more.find((field) => typeof field === 'number');
  const memberId = more.find((field) => typeof field === 'string');
  const call = { requestId, startedAt, keyId, protocol, route, model, session: known, requestBytes, multiplier };
  return { kind: 'opened', call: memberId === undefined ? call : { ...call, memberId } };
}

function parseAttempt([, requestId, accountId, startedAt]: readonly unknown[]): JournalLine | undefined {
  if (typeof requestId !== 'string' || typeof accountId !== 'string' || typeof startedAt !== 'number') return undefined;
  return { kind: 'attempt', attempt: { requestId, accountId, startedAt } };
}

function parseRow([, given, extra]: readonly unknown[]): JournalLine | undefined {
  if (!isRecord(given) || typeof given['request_id'] !== 'string' || !Array.isArray(extra)) return undefined;
  const row = Object.fromEntries(usageColumns.map((column) => [column, given[column] ?? null]));
  if (!isRow(row)) return undefined;
  return { kind: 'row', spooled: { row, extra: extra.filter(isStatement) } };
}

function isRow(row: Record<string, unknown>): row is Record<UsageColumn, never> {
  return usageColumns.every((column) => {
    const value = row[column];
    return value === null || typeof value === 'string' || typeof value === 'number';
  });
}

function isStatement(value: unknown): value is Statement {
  return isRecord(value) && typeof value['sql'] === 'string' && Array.isArray(value['parameters']);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseArray(line: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    // A torn line is expected after a kill: the caller counts it.
    return undefined;
  }
}

function short(text: string): string {
  return text.length > maxText ? text.slice(0, maxText) : text;
}
