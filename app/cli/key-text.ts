import { amountText } from '../keys/limit-refusal.ts';
import { limitText } from '../keys/limit-text.ts';
import type { Output } from '../server/admin/contract.ts';
import { definitionList } from './definitions.ts';
import type { Colour, Page } from './page.ts';
import { type Column, table } from './table.ts';
import { dateTime } from './time.ts';

type Key = Output<'listKeys'>[number];
type Standing = Output<'showKey'>['standings'][number];
type State = 'enabled' | 'disabled' | 'expired';

const colours: Readonly<Record<State, Colour>> = { enabled: 'green', disabled: 'dim', expired: 'yellow' };

export function keyTable(page: Page, keys: readonly Key[]): string {
  if (keys.length === 0) return 'There is no key yet. Make one: waystation key create --name NAME';
  return table(page, columns(page), keys);
}

/** `account` names the one it is bound to, if any. */
export function keyText(page: Page, key: Key, account: string | undefined): string {
  return definitionList(page, [
    ['Name', key.name],
    ['Id', key.id],
    ['Begins with', beginning(key)],
    ['State', stateOf(key, page.now)],
    ['Expires', key.expiresAt === undefined ? 'never' : dateTime(key.expiresAt)],
    ['Models', key.models.length === 0 ? 'all' : key.models.join(', ')],
    ['Services', key.services.length === 0 ? 'all' : key.services.join(', ')],
    ['At once', key.maxConcurrent === undefined ? 'no limit' : String(key.maxConcurrent)],
    ['Limits', key.limits.length === 0 ? 'none' : key.limits.map(limitText).join(', ')],
    ['Account', account ?? 'any'],
    ['Made', dateTime(key.createdAt)],
  ]);
}

/** What is used of each limit, and when there is room again. */
export function standingTable(page: Page, standings: readonly Standing[]): string {
  return table(
    page,
    [
      { title: 'LIMIT', least: 14, cell: ({ name }) => name },
      { title: 'USED', align: 'right', cell: ({ measure, spent }) => amountText(measure, spent) },
      { title: 'HELD', align: 'right', cell: ({ measure, held }) => (held === 0 ? '-' : amountText(measure, held)) },
      { title: 'OF', align: 'right', cell: ({ measure, amount }) => amountText(measure, amount) },
      {
        title: 'ROOM AGAIN',
        cell: ({ resetsAt, spent, amount }) =>
          spent === 0 && resetsAt === undefined ? '-' : roomAgain(resetsAt, spent >= amount),
      },
      { title: 'MODE', cell: ({ mode }) => mode },
    ],
    standings,
  );
}

function roomAgain(resetsAt: number | undefined, isUsedUp: boolean): string {
  if (resetsAt === undefined) return isUsedUp ? 'not by itself' : '-';
  return dateTime(resetsAt);
}

function columns(page: Page): readonly Column<Key>[] {
  return [
    { title: 'NAME', least: 12, cell: ({ name }) => name },
    { title: 'BEGINS WITH', cell: beginning },
    {
      title: 'STATE',
      cell: (key) => stateOf(key, page.now),
      paint: (text, key) => page.paint(colours[stateOf(key, page.now)], text),
    },
    { title: 'EXPIRES', cell: ({ expiresAt }) => (expiresAt === undefined ? 'never' : dateTime(expiresAt)) },
    { title: 'MODELS', least: 8, cell: ({ models }) => (models.length === 0 ? 'all' : models.join(', ')) },
    { title: 'ID', isOptional: true, cell: ({ id }) => id },
  ];
}

function beginning({ prefix }: Key): string {
  return `wsk_${prefix}…`;
}

function stateOf({ isEnabled, expiresAt }: Key, now: number): State {
  if (!isEnabled) return 'disabled';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'enabled';
}
