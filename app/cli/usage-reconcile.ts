import { readFileSync } from 'node:fs';
import type { Input } from '../server/admin/contract.ts';
import { type ComparedField, comparedFields, readExport, UnreadableExport } from '../usage/provider-export.ts';
import { questionOf, type ReconciledDay, reconcile } from '../usage/reconcile.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { compact, counted, money } from './numbers.ts';
import type { Page } from './page.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';
import { accountId } from './usage-filter.ts';

export const usageReconcile: Command = {
  name: 'usage reconcile',
  argument: 'FILE',
  summary: 'compare the calls with a vendor’s usage export (CSV), day by day and model by model',
  flags: {
    account: { type: 'string', value: 'NAME', text: 'only what this account served; default: all accounts' },
    tolerance: { type: 'string', value: 'PERCENT', text: 'what counts as equal; default: 1' },
    all: { type: 'boolean', text: 'show what agrees too' },
  },
  notes: ['The exports of Anthropic’s and OpenAI’s consoles are understood. It fails when something differs.'],
  run,
};

async function run(call: Invocation): Promise<number> {
  const exported = readFile(call.argument ?? '');
  const tolerance = toleranceOf(call);
  return await withOperations(call, async (operations) => {
    const question: Input<'summarizeUsage'> = {
      ...questionOf(exported),
      account: await accountId(call, operations),
    };
    const compared = reconcile(exported, await operations.summarizeUsage(question), tolerance / 100);
    const apart = compared.filter(({ differs }) => differs.length > 0);
    const shown = call.flags.has('all') ? compared : apart;
    const text = (page: Page) => [...tableOf(page, shown), sentence(compared, apart)].join('\n');
    return call.print({ json: compared, text }, apart.length > 0 ? 1 : 0);
  });
}

function readFile(path: string): ReturnType<typeof readExport> {
  try {
    const exported = readExport(readFileSync(path, 'utf8'));
    if (exported.length > 0) return exported;
  } catch (error) {
    if (error instanceof UnreadableExport) throw new UsageError(error.message);
    throw new UsageError(`${path} cannot be read.`);
  }
  throw new UsageError(`${path} has no lines to compare.`);
}

function toleranceOf({ flags }: Invocation): number {
  const text = flags.text('tolerance') ?? '1';
  const percent = Number(text);
  if (text.trim() !== '' && percent >= 0 && percent <= 100) return percent;
  throw new UsageError('--tolerance must be a percentage from 0 to 100.');
}

interface Line {
  readonly day: string;
  readonly model: string;
  readonly field: ComparedField;
  readonly theirs: number;
  readonly ours: number;
}

const fieldNames: Readonly<Record<ComparedField, string>> = {
  calls: 'calls',
  inputTokens: 'input',
  cacheReadTokens: 'cache read',
  cacheWriteTokens: 'cache write',
  outputTokens: 'output',
  costNanoUsd: 'cost',
};

function tableOf(page: Page, days: readonly ReconciledDay[]): readonly string[] {
  const lines = days.flatMap(linesOf);
  if (lines.length === 0) return [];
  const cell = (line: Line, value: number) => (line.field === 'costNanoUsd' ? money(value) : compact(value));
  const columns = [
    { title: 'DAY (UTC)', cell: ({ day }: Line) => day },
    { title: 'MODEL', least: 14, cell: ({ model }: Line) => model },
    { title: 'WHAT', cell: ({ field }: Line) => fieldNames[field] },
    { title: 'THEIRS', align: 'right' as const, cell: (line: Line) => cell(line, line.theirs) },
    { title: 'OURS', align: 'right' as const, cell: (line: Line) => cell(line, line.ours) },
    { title: 'DIFFERENCE', align: 'right' as const, cell: (line: Line) => share(line) },
  ];
  return [table(page, columns, lines), ''];
}

function linesOf({ day, model, theirs, ours, differs }: ReconciledDay): readonly Line[] {
  const fields = differs.length > 0 ? differs : comparedFields.filter((field) => theirs?.[field] !== undefined);
  return fields.map((field) => ({ day, model, field, theirs: theirs?.[field] ?? 0, ours: ours?.[field] ?? 0 }));
}

function share({ theirs, ours }: Line): string {
  if (theirs === ours) return '0 %';
  if (theirs === 0) return 'not theirs';
  return `${ours > theirs ? '+' : ''}${(((ours - theirs) / theirs) * 100).toFixed(1)} %`;
}

function sentence(compared: readonly ReconciledDay[], apart: readonly ReconciledDay[]): string {
  const what = counted(compared.length, 'day and model').replace('day and models', 'days and models');
  if (apart.length === 0) return `${what} compared: all agree.`;
  return `${what} compared: ${apart.length} ${apart.length === 1 ? 'differs' : 'differ'}. A vendor’s export also has what did not go through Waystation.`;
}
