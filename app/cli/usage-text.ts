import type { Output } from '../server/admin/contract.ts';
import { addSums, noSums, type UsageSums } from '../usage/summary.ts';
import { compact, count, counted, money } from './numbers.ts';
import type { Colour, Page } from './page.ts';
import { type Column, table } from './table.ts';
import { wrap } from './text.ts';
import { shortTime } from './time.ts';

type Call = Output<'listUsage'>[number];
type Group = Output<'summarizeUsage'>[number];
type Names = ReadonlyMap<string, string>;

export interface Summary {
  readonly by: string;
  readonly timeZone: string;
  readonly groups: readonly Group[];
  readonly names: Names;
}

/** Enough of a request's id to name it among the latest ones. */
export const shortIdLength = 8;

const statuses: Readonly<Record<Call['status'], { readonly word: string; readonly colour: Colour }>> = {
  completed: { word: 'ok', colour: 'green' },
  aborted: { word: 'aborted', colour: 'yellow' },
  failed: { word: 'failed', colour: 'red' },
};

export function callTable(page: Page, calls: readonly Call[], names: Names): string {
  if (calls.length === 0) return 'No call matches.';
  const unpriced = calls.filter(({ costNanoUsd }) => costNanoUsd === null).length;
  return [
    table(page, callColumns(page, names, calls.some(isBilledApart)), calls),
    ...unpricedNote(page, unpriced),
  ].join('\n');
}

export function summaryTable(page: Page, { by, timeZone, groups, names }: Summary): string {
  if (groups.length === 0) return 'No call matches.';
  const unpriced = groups.reduce((total, group) => total + group.unpricedCalls, 0);
  const rows = groups.length === 1 ? groups : [...groups, totalOf(groups)];
  const columns = [...summaryColumns(groupTitle(by, timeZone), names), ...(groups.some(isBilledApart) ? [billed] : [])];
  return [table(page, columns, rows), ...unpricedNote(page, unpriced)].join('\n');
}

/** What keys paid is told where it is not the cost. */
export function isBilledApart({ costNanoUsd, billedNanoUsd }: Pick<Call, 'costNanoUsd' | 'billedNanoUsd'>): boolean {
  return billedNanoUsd !== costNanoUsd;
}

function callColumns(page: Page, names: Names, hasBilled: boolean): readonly Column<Call>[] {
  return [
    { title: 'TIME', cell: ({ startedAt }) => shortTime(startedAt) },
    { title: 'MODEL', least: 11, cell: ({ model }) => model },
    { title: 'INPUT', align: 'right', cell: ({ inputTokens }) => compact(inputTokens) },
    { title: 'CACHE', align: 'right', cell: (call) => compact(cacheTokens(call)) },
    {
      title: 'OUTPUT',
      align: 'right',
      cell: (call) => `${call.basis === 'estimated' ? '~' : ''}${compact(call.outputTokens)}`,
    },
    { title: 'COST', align: 'right', cell: ({ costNanoUsd }) => costCell(costNanoUsd) },
    ...(hasBilled ? [billedCall] : []),
    {
      title: 'STATUS',
      cell: ({ status }) => statuses[status].word,
      paint: (text, { status }) => page.paint(statuses[status].colour, text),
    },
    { title: 'CALL', cell: ({ requestId }) => requestId.slice(-shortIdLength) },
    { title: 'ACCOUNT', least: 8, isOptional: true, cell: ({ accountId }) => nameOf(accountId, names) },
  ];
}

const billedCall: Column<Call> = {
  title: 'BILLED',
  align: 'right',
  cell: ({ billedNanoUsd }) => costCell(billedNanoUsd),
};

const billed: Column<Group> = {
  title: 'BILLED',
  align: 'right',
  cell: ({ calls, unpricedCalls, billedNanoUsd }) => costCell(calls === unpricedCalls ? null : billedNanoUsd),
};

function groupTitle(by: string, timeZone: string): string {
  return by === 'day' ? `DAY (${timeZone})` : by.toUpperCase();
}

function summaryColumns(title: string, names: Names): readonly Column<Group>[] {
  return [
    { title, least: 14, cell: ({ group }) => nameOf(group, names) },
    { title: 'CALLS', align: 'right', cell: ({ calls }) => count(calls) },
    { title: 'INPUT', align: 'right', cell: ({ inputTokens }) => compact(inputTokens) },
    { title: 'CACHE READ', align: 'right', cell: ({ cacheReadTokens }) => compact(cacheReadTokens) },
    {
      title: 'WRITE',
      align: 'right',
      cell: ({ cacheWrite5mTokens, cacheWrite1hTokens }) => compact(cacheWrite5mTokens + cacheWrite1hTokens),
    },
    { title: 'OUTPUT', align: 'right', cell: ({ outputTokens }) => compact(outputTokens) },
    {
      title: 'COST',
      align: 'right',
      cell: ({ calls, unpricedCalls, costNanoUsd }) => costCell(calls === unpricedCalls ? null : costNanoUsd),
    },
  ];
}

function totalOf(groups: readonly Group[]): Group {
  return { group: 'total', per: null, ...groups.reduce<UsageSums>(addSums, noSums) };
}

function unpricedNote(page: Page, unpriced: number): readonly string[] {
  if (unpriced === 0) return [];
  const subject = unpriced === 1 ? 'The price of 1 call is' : `The prices of ${counted(unpriced, 'call')} are`;
  return [
    '',
    wrap(
      `${subject} unknown: no cost is counted for what has no known price. After an update of the prices: waystation usage price-unknown`,
      page.width,
    ),
  ];
}

function costCell(costNanoUsd: number | null): string {
  return costNanoUsd === null ? 'unknown' : money(costNanoUsd);
}

function cacheTokens({ cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens }: Call): number {
  return cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
}

function nameOf(id: string | null, names: Names): string {
  return id === null ? '-' : (names.get(id) ?? id);
}
