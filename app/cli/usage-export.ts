import { once } from 'node:events';
import type { Command, Invocation } from './command.ts';
import { withConnection } from './connection.ts';
import type { CliOutput } from './io.ts';
import { callQuestion, filterFlags } from './usage-filter.ts';

const formats = ['csv', 'json'] as const;

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
  return await withConnection(call, async ({ operations, exportUsage }) => {
    const { limit: _, ...question } = await callQuestion(call, operations);
    for await (const piece of exportUsage({ ...question, format })) await write(stdout, piece);
    return 0;
  });
}

/** Waits for a reader that is slower than we are. */
async function write(output: CliOutput, text: string): Promise<void> {
  if (text !== '' && !output.write(text)) await once(output, 'drain');
}
