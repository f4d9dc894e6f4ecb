import { once } from 'node:events';
import type { Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import type { CliOutput } from './io.ts';
import { callQuestion, filterFlags } from './usage-filter.ts';
import { pagesOfCalls } from './usage-pages.ts';

type Call = Output<'listUsage'>[number];

const formats = ['csv', 'json'] as const;

/** In the order of the file. Costs are whole nano-dollars, so that a spreadsheet adds them up exactly. */
const columns = [
  'requestId',
  'startedAt',
  'durationMs',
  'firstByteMs',
  'keyId',
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
] as const satisfies readonly (keyof Call)[];

export const usageExport: Command = {
  name: 'usage export',
  summary: 'write calls to standard output, for a spreadsheet or a script',
  flags: {
    format: { type: 'string', value: 'FORMAT', text: 'csv or json; default: csv' },
    ...filterFlags,
  },
  notes: [
    '  waystation usage export --since 30d > calls.csv',
    'However many calls there are, they are written as they are read.',
  ],
  run: exportCalls,
};

async function exportCalls(call: Invocation): Promise<number> {
  const format = call.isJson ? 'json' : (call.flags.choice('format', formats) ?? 'csv');
  const { stdout } = call.io;
  return await withOperations(call, async (operations) => {
    const question = await callQuestion(call, operations);
    await (format === 'csv' ? writeCsv : writeJson)(stdout, pagesOfCalls(operations, question));
    return 0;
  });
}

async function writeCsv(output: CliOutput, pages: AsyncIterable<readonly Call[]>): Promise<void> {
  await write(output, `${columns.join(',')}\r\n`);
  for await (const page of pages) await write(output, page.map(csvLine).join(''));
}

async function writeJson(output: CliOutput, pages: AsyncIterable<readonly Call[]>): Promise<void> {
  let separator = '';
  await write(output, '[');
  for await (const page of pages) {
    if (page.length === 0) continue;
    await write(output, `${separator}\n${page.map((call) => JSON.stringify(call)).join(',\n')}`);
    separator = ',';
  }
  await write(output, '\n]\n');
}

/** Waits for a reader that is slower than we are. */
async function write(output: CliOutput, text: string): Promise<void> {
  if (text !== '' && !output.write(text)) await once(output, 'drain');
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
