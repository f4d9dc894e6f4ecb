import type { Input, Operations } from '../server/admin/contract.ts';
import { usageGroup } from '../server/admin/contract-usage.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { timeZoneOf } from './time-zone.ts';
import { usageRecompute, usageRetention } from './usage-care.ts';
import { usageExport } from './usage-export.ts';
import { callQuestion, filterFlags, momentOf } from './usage-filter.ts';
import { listCalls } from './usage-pages.ts';
import { priceUnknownCommand } from './usage-price.ts';
import { priceCommands } from './usage-prices.ts';
import { usageReconcile } from './usage-reconcile.ts';
import { callTable, summaryTable } from './usage-text.ts';
import { usageToday } from './usage-today.ts';

export const usageCommands: readonly Command[] = [
  {
    name: 'usage list',
    summary: 'show the latest calls, newest first',
    flags: {
      limit: { type: 'string', value: 'N', text: 'how many, up to 100000; default: 50' },
      ...filterFlags,
    },
    notes: ['The last column names a call for: waystation explain CALL'],
    run: list,
  },
  {
    name: 'usage summary',
    summary: 'add up calls, tokens and cost',
    flags: {
      by: { type: 'string', value: 'WHAT', text: `${usageGroup.options.join(', ')}; default: model` },
      since: { type: 'string', value: 'TIME', text: 'from then on; default: everything' },
      before: { type: 'string', value: 'TIME', text: 'older than that' },
      'time-zone': {
        type: 'string',
        value: 'ZONE',
        text: 'for days and hours, such as Asia/Tokyo; default: this computer’s',
      },
    },
    run: summarize,
  },
  usageToday,
  usageExport,
  usageRecompute,
  usageRetention,
  usageReconcile,
  priceUnknownCommand,
  ...priceCommands,
];

async function list(call: Invocation): Promise<number> {
  const { flags } = call;
  const limit = flags.integer('limit', { min: 1, max: 100_000 }) ?? 50;
  return await withOperations(call, async (operations) => {
    const calls = await listCalls(operations, { ...(await callQuestion(call, operations)), limit });
    const accounts = call.isJson ? [] : await operations.listAccounts({});
    const names = new Map(accounts.map(({ id, name }) => [id, name]));
    return call.print({ json: calls, text: (page) => callTable(page, calls, names) });
  });
}

async function summarize(call: Invocation): Promise<number> {
  const by = call.flags.choice('by', usageGroup.options) ?? 'model';
  const timeZone = timeZoneOf(call.flags);
  const question: Input<'summarizeUsage'> = {
    by,
    since: momentOf(call, 'since'),
    before: momentOf(call, 'before'),
    timeZone,
  };
  return await withOperations(call, async (operations) => {
    const groups = await operations.summarizeUsage(question);
    const names = call.isJson ? new Map<string, string>() : await namesOf(by, operations);
    return call.print({ json: groups, text: (page) => summaryTable(page, { by, timeZone, groups, names }) });
  });
}

async function namesOf(by: string, operations: Operations): Promise<ReadonlyMap<string, string>> {
  return new Map((await listOf(by, operations)).map(({ id, name }) => [id, name]));
}

async function listOf(by: string, operations: Operations): Promise<readonly { id: string; name: string }[]> {
  if (by === 'key') return await operations.listKeys({});
  if (by === 'member') return await operations.listMembers({});
  return by === 'account' ? await operations.listAccounts({}) : [];
}
