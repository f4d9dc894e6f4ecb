import type { Output } from '../server/admin/contract.ts';
import type { Page } from './page.ts';
import { table } from './table.ts';
import { plain, wrap } from './text.ts';
import { dateTime, shortTime } from './time.ts';

type Entry = Output<'accountTimeline'>[number];
type Failure = Output<'accountErrors'>[number];

/** What the account has been lately, the newest first; nothing for one that was never anything but well. */
export function timelineText(page: Page, entries: readonly Entry[]): string {
  if (entries.length === 0) return '';
  const lines = entries.map((entry) => wrap(plain(`${shortTime(entry.at)}  ${lineOf(entry)}`), page.width, '  '));
  return `\n\n${page.paint('bold', 'Lately')}\n${lines.join('\n')}`;
}

function lineOf({ state, reason, until, limits = [] }: Entry): string {
  const why = reason === '' ? '' : `: ${reason}`;
  const end = until === undefined ? '' : `, until ${dateTime(until)}`;
  const parts = limits.map((limit) => `; ${limit.models.join(', ')} limited until ${dateTime(limit.until)}`);
  return `${state}${why}${end}${parts.join('')}`;
}

export function errorTable(page: Page, name: string, errors: readonly Failure[]): string {
  if (errors.length === 0) return `Nothing went wrong with ${name} that is still remembered.`;
  return table(
    page,
    [
      { title: 'TIME', cell: ({ at }) => shortTime(at) },
      { title: 'WHAT', cell: ({ fault }) => fault },
      { title: 'STATUS', align: 'right', cell: ({ status }) => (status === undefined ? '' : String(status)) },
      { title: 'MODEL', least: 10, cell: ({ model }) => model },
      { title: 'DETAIL', least: 10, isOptional: true, cell: ({ detail }) => detail ?? '' },
      { title: 'CALL', isOptional: true, cell: ({ requestId }) => requestId.slice(-8) },
    ],
    errors,
  );
}
