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

function whatOf({ kind, percent, otherName }: Alert): string {
  switch (kind) {
    case 'budget-reached':
      return `budget at ${percent} %`;
    case 'key-limit-reached':
    case 'member-limit-reached':
      return `limit at ${percent} %`;
    case 'failed-over':
      return `failed over to ${otherName}`;
    default:
      return whats[kind];
  }
}

type Fixed = Exclude<Alert['kind'], 'budget-reached' | 'key-limit-reached' | 'member-limit-reached' | 'failed-over'>;

const whats: Readonly<Record<Fixed, string>> = {
  'budget-forecast': 'budget will be exceeded',
  'account-run-out': 'account will run out',
  'account-needs-sign-in': 'account needs sign-in',
  'account-blocked': 'account is blocked',
  'account-limited': 'account at its limit',
  'account-recovered': 'account is back',
  'accounts-unavailable': 'no account can serve',
  'tool-drifted': 'tool was changed by another program',
  'update-ready': 'an update is there',
  'relay-stopped': 'the relay stopped',
  'sharing-unreadable': 'sharing is off: unreadable',
  'invites-guessed': 'an invite was guessed at',
};

function figure({ measure, limit }: Alert, amount: number): string {
  if (limit === 0) return '-';
  return measure === 'share' ? `${Math.round(amount * 100)} %` : amountText(measure, amount);
}
