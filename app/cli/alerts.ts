import { amountText } from '../keys/limit-refusal.ts';
import type { Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import type { Page } from './page.ts';
import { type Column, table } from './table.ts';
import { dateTime, shortTime } from './time.ts';

type Alert = Output<'listAlerts'>[number];

export const alertsCommand: Command = {
  name: 'alerts',
  summary: 'show what budgets, limits and accounts had to tell, newest first',
  flags: { limit: { type: 'string', value: 'N', text: 'how many, up to 1000; default: 50' } },
  run: show,
};

async function show(call: Invocation): Promise<number> {
  const limit = call.flags.integer('limit', { min: 1, max: 1_000 }) ?? 50;
  return await withOperations(call, async (operations) => {
    const alerts = await operations.listAlerts({ limit });
    return call.print({ json: alerts, text: (page) => alertTable(page, alerts) });
  });
}

function alertTable(page: Page, alerts: readonly Alert[]): string {
  return alerts.length === 0 ? 'There was nothing to tell.' : table(page, columns, alerts);
}

const columns: readonly Column<Alert>[] = [
  { title: 'TIME', cell: ({ at }) => shortTime(at) },
  { title: 'WHAT', cell: whatOf },
  {
    title: 'OF',
    least: 10,
    cell: ({ subjectName, window }) => (window === undefined ? subjectName : `${subjectName}: ${window}`),
  },
  { title: 'USED', align: 'right', cell: (alert) => figure(alert, alert.used) },
  { title: 'LIMIT', align: 'right', cell: (alert) => figure(alert, alert.limit) },
  {
    title: 'RUNS OUT',
    isOptional: true,
    cell: ({ runsOutAt }) => (runsOutAt === undefined ? '-' : dateTime(runsOutAt)),
  },
];

function whatOf({ kind, percent }: Alert): string {
  switch (kind) {
    case 'budget-reached':
      return `budget at ${percent} %`;
    case 'budget-forecast':
      return 'budget will be exceeded';
    case 'key-limit-reached':
      return `limit at ${percent} %`;
    case 'account-run-out':
      return 'account will run out';
  }
}

function figure({ measure }: Alert, amount: number): string {
  return measure === 'share' ? `${Math.round(amount * 100)} %` : amountText(measure, amount);
}
