import { RelayError } from '../domain/errors.ts';
import { parseLimit } from '../keys/limit-text.ts';
import type { Input, Operations, Output } from '../server/admin/contract.ts';
import { AdminError } from '../server/admin/errors.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { findAccount, findKey } from './lookup.ts';
import { money } from './numbers.ts';
import type { Page } from './page.ts';
import { confirmRemoval, removalFlags } from './removal.ts';
import { type Column, table } from './table.ts';
import { dateTime } from './time.ts';
import { timeZoneOf } from './time-zone.ts';
import { UsageError } from './usage-error.ts';

type Budget = Output<'listBudgets'>[number];
type Amount = Pick<Input<'createBudget'>, 'amountNanoUsd' | 'period'>;
type Scope = Pick<Input<'createBudget'>, 'scope' | 'scopeId'>;

const amountFlags: Flags = {
  amount: { type: 'string', value: 'USD/TIME', text: 'such as 50usd/month, 5usd/day@06:00 or 20usd/week@mon' },
  'time-zone': { type: 'string', value: 'ZONE', text: 'of its days, weeks and months; default: this computer’s' },
};

export const budgetCommands: readonly Command[] = [
  {
    name: 'budget list',
    summary: 'show what may be spent before you are told, and how it stands',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const budgets = await operations.listBudgets({});
        return call.print({ json: budgets, text: (page) => budgetTable(page, budgets) });
      }),
  },
  {
    name: 'budget create',
    summary: 'be told at 80 % and 100 % of an amount, and when it will be exceeded',
    flags: {
      name: { type: 'string', value: 'NAME', text: 'what you call it' },
      ...amountFlags,
      key: { type: 'string', value: 'NAME', text: 'what this key spends; default: everything' },
      owner: { type: 'string', value: 'WHO', text: 'what the keys of this owner spend' },
      account: { type: 'string', value: 'NAME', text: 'what this account serves' },
    },
    notes: [
      'A budget refuses nothing; limits do: waystation key limit',
      '  waystation budget create --name team --amount 200usd/month',
    ],
    run: (call) => withOperations(call, (operations) => create(call, operations)),
  },
  {
    name: 'budget update',
    argument: 'NAME',
    summary: 'change its name or its amount; what holds is told again then',
    flags: { name: { type: 'string', value: 'NEW', text: 'a new name' }, ...amountFlags },
    run: (call) => withOperations(call, (operations) => update(call, operations)),
  },
  {
    name: 'budget remove',
    argument: 'NAME',
    summary: 'be told no more',
    flags: removalFlags,
    run: (call) =>
      withOperations(call, async (operations) => {
        const { id, name } = await findBudget(operations, call.argument ?? '');
        await confirmRemoval(call, `Remove the budget ${name}?`);
        const removed = await operations.removeBudget({ id });
        return call.print({ json: removed, text: () => `${name} is removed.` });
      }),
  },
];

async function create(call: Invocation, operations: Operations): Promise<number> {
  const name = call.flags.required('name');
  const amount = readAmount(call);
  if (!amount) throw new UsageError('--amount is missing, such as 50usd/month.');
  const budget = await operations.createBudget({ name, ...amount, ...(await readScope(call, operations)) });
  return call.print({ json: budget, text: (page) => budgetTable(page, [budget]) });
}

async function update(call: Invocation, operations: Operations): Promise<number> {
  const [name, amount] = [call.flags.text('name'), readAmount(call)];
  if (name === undefined && !amount) throw new UsageError('Say what to change: --name or --amount.');
  const { id } = await findBudget(operations, call.argument ?? '');
  const budget = await operations.updateBudget({ id, name, ...amount });
  return call.print({ json: budget, text: (page) => budgetTable(page, [budget]) });
}

/** Written like a limit of a key. */
function readAmount({ flags }: Invocation): Amount | undefined {
  const text = flags.text('amount');
  if (text === undefined) return undefined;
  const timeZone = timeZoneOf(flags);
  const wrong = new UsageError('--amount must be dollars for a day, a week or a month, such as 50usd/month.');
  try {
    const { amount, window, mode } = parseLimit(`cost=${text}`, timeZone);
    if (window.kind !== 'calendar' || mode !== 'smooth') throw wrong;
    const { kind: _, ...period } = window;
    return { amountNanoUsd: amount, period };
  } catch (error) {
    if (error instanceof RelayError) throw wrong;
    throw error;
  }
}

async function readScope({ flags }: Invocation, operations: Operations): Promise<Scope> {
  const [key, owner, account] = [flags.text('key'), flags.text('owner'), flags.text('account')];
  if ([key, owner, account].filter((one) => one !== undefined).length > 1)
    throw new UsageError('A budget is about one of --key, --owner and --account.');
  if (key !== undefined) return { scope: 'key', scopeId: (await findKey(operations, key)).id };
  if (account !== undefined) return { scope: 'account', scopeId: (await findAccount(operations, account)).id };
  return owner === undefined ? { scope: 'everything' } : { scope: 'owner', scopeId: owner };
}

async function findBudget(operations: Operations, wanted: string): Promise<Budget> {
  const budgets = await operations.listBudgets({});
  const found = budgets.filter(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase());
  const [first] = found;
  if (first && found.length === 1) return first;
  if (first) throw new AdminError('conflict', `${found.length} budgets have this name. Give the id instead.`);
  throw new AdminError('not-found', 'There is no such budget. See which there are with: waystation budget list');
}

function budgetTable(page: Page, budgets: readonly Budget[]): string {
  if (budgets.length === 0)
    return 'There is no budget yet. Make one: waystation budget create --name NAME --amount 50usd/month';
  return table(page, columns(page), budgets);
}

function columns(page: Page): readonly Column<Budget>[] {
  return [
    { title: 'NAME', least: 10, cell: ({ name }) => name },
    { title: 'OF', least: 8, cell: ({ scope, scopeId }) => scopeId ?? scope },
    { title: 'EACH', cell: ({ period }) => period.unit },
    { title: 'AMOUNT', align: 'right', cell: ({ amountNanoUsd }) => money(amountNanoUsd) },
    {
      title: 'SPENT',
      align: 'right',
      cell: ({ spentNanoUsd }) => money(spentNanoUsd),
      paint: (text, { spentNanoUsd, amountNanoUsd }) =>
        spentNanoUsd >= amountNanoUsd ? page.paint('red', text) : text,
    },
    {
      title: 'FORECAST',
      align: 'right',
      cell: ({ forecastNanoUsd }) => (forecastNanoUsd === undefined ? '-' : money(forecastNanoUsd)),
    },
    { title: 'ENDS', cell: ({ endsAt }) => dateTime(endsAt) },
  ];
}
