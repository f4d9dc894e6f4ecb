import type { Operations, Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { count, counted, money } from './numbers.ts';
import type { Page } from './page.ts';
import { type Column, table } from './table.ts';
import { wrap } from './text.ts';

type Model = Output<'priceUnknown'>['models'][number];

/** All steps together. */
interface Repricing {
  readonly isDryRun: boolean;
  readonly calls: number;
  readonly priced: number;
  readonly costNanoUsd: number;
  readonly billedNanoUsd: number;
  readonly models: readonly Model[];
}

export const priceUnknownCommand: Command = {
  name: 'usage price-unknown',
  summary: 'price the calls whose price was unknown with today’s table',
  flags: { yes: { type: 'boolean', text: 'write the prices; without it they are only shown' } },
  notes: ['Calls that have a price keep it.'],
  run: (call) => withOperations(call, (operations) => priceUnknown(call, operations)),
};

async function priceUnknown(call: Invocation, operations: Operations): Promise<number> {
  const isDryRun = !call.flags.has('yes');
  const repricing = await takeSteps(operations, isDryRun);
  return call.print({ json: repricing, text: (page) => repricingText(page, repricing) });
}

async function takeSteps(operations: Pick<Operations, 'priceUnknown'>, isDryRun: boolean): Promise<Repricing> {
  const models = new Map<string, Model>();
  let after: string | undefined;
  do {
    const step = await operations.priceUnknown({ isDryRun, after });
    for (const model of step.models) models.set(model.model, sum(models.get(model.model), model));
    after = step.next ?? undefined;
  } while (after !== undefined);
  const all = [...models.values()].sort((a, b) => b.costNanoUsd - a.costNanoUsd || b.calls - a.calls);
  const { model: _, ...sums } = all.reduce(sum, none);
  return { isDryRun, ...sums, models: all };
}

const none: Model = { model: '', calls: 0, priced: 0, costNanoUsd: 0, billedNanoUsd: 0 };

function sum(before: Model | undefined, more: Model): Model {
  if (!before) return more;
  return {
    model: before.model,
    calls: before.calls + more.calls,
    priced: before.priced + more.priced,
    costNanoUsd: before.costNanoUsd + more.costNanoUsd,
    billedNanoUsd: before.billedNanoUsd + more.billedNanoUsd,
  };
}

function repricingText(page: Page, repricing: Repricing): string {
  const { isDryRun, calls, priced, models } = repricing;
  if (calls === 0) return 'Every call has a price.';
  const done = isDryRun ? 'can be priced' : 'are priced now';
  const sentences = [
    `${count(priced)} of ${counted(calls, 'call')} without a price ${done}: ${costText(repricing)}.`,
    ...(isDryRun && priced > 0 ? ['Nothing is written yet. Write it with: waystation usage price-unknown --yes'] : []),
    ...(priced < calls ? ['The others stay unknown: the price table does not know what they used.'] : []),
  ];
  return [table(page, columns, models), '', ...sentences.map((line) => wrap(line, page.width))].join('\n');
}

function costText({ costNanoUsd, billedNanoUsd }: Repricing): string {
  const billed = billedNanoUsd === costNanoUsd ? '' : `, billed ${money(billedNanoUsd)}`;
  return `${money(costNanoUsd)}${billed}`;
}

const columns: readonly Column<Model>[] = [
  { title: 'MODEL', least: 14, cell: ({ model }) => model },
  { title: 'CALLS', align: 'right', cell: ({ calls }) => count(calls) },
  { title: 'PRICED', align: 'right', cell: ({ priced }) => count(priced) },
  { title: 'COST', align: 'right', cell: ({ priced, costNanoUsd }) => (priced === 0 ? 'unknown' : money(costNanoUsd)) },
];
