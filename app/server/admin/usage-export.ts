import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as z from 'zod';
import type { UsageRepository } from '../../usage/repository.ts';
import { type exportQuestion, usageEntry } from './contract-usage.ts';

type Call = z.output<typeof usageEntry>;

export type ExportQuestion = z.output<typeof exportQuestion>;

/** Small, because SQLite does nothing else while it reads one. */
const pageSize = 200;

/** In the order of the file. Costs are whole nano-dollars, so that a spreadsheet adds them up exactly. */
const columns = [
  'requestId',
  'startedAt',
  'durationMs',
  'firstByteMs',
  'keyId',
  'memberId',
  'accountId',
  'project',
  'protocol',
  'route',
  'model',
  'upstreamModel',
  'status',
  'httpStatus',
  'errorKind',
  'basis',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'thinkingTokens',
  'webSearchRequests',
  'audioInputTokens',
  'audioCacheReadTokens',
  'audioOutputTokens',
  'imageInputTokens',
  'imageOutputTokens',
  'images',
  'serviceTier',
  'speed',
  'inferenceGeo',
  'servedModel',
  'costNanoUsd',
  'multiplier',
  'billedNanoUsd',
] as const satisfies readonly (keyof Call)[];

/** The calls as a file, piece by piece: however many there are, a piece is made when the one before was taken. */
export async function* exportUsage(
  usage: Pick<UsageRepository, 'pages'>,
  { format, key: keyId, member: memberId, account: accountId, ...filter }: ExportQuestion,
): AsyncGenerator<string> {
  const pages = usage.pages({ ...filter, keyId, memberId, accountId }, pageSize);
  yield format === 'csv' ? `${columns.join(',')}\r\n` : '[';
  let separator = '\n';
  for await (const page of pages) {
    const calls = page.map((entry) => usageEntry.parse(entry));
    if (format === 'csv') yield calls.map(csvLine).join('');
    else yield separator + calls.map((call) => JSON.stringify(call)).join(',\n');
    separator = ',\n';
    await nextTurn();
  }
  if (format === 'json') yield '\n]\n';
}

/** One call as a line of the file. */
export function csvLine(call: Call): string {
  const told = { ...call, startedAt: new Date(call.startedAt).toISOString() };
  return `${columns.map((column) => cell(told[column])).join(',')}\r\n`;
}

/** As RFC 4180 says. Text that a spreadsheet would run as a formula gets an apostrophe: models are named by clients. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
