import { endOf } from '../keys/key.ts';
import { amountText } from '../keys/limit-refusal.ts';
import { limitText } from '../keys/limit-text.ts';
import type { Output } from '../server/admin/contract.ts';
import { definitionList } from './definitions.ts';
import type { Bound } from './key-fields.ts';
import type { Colour, Page } from './page.ts';
import { type Column, table } from './table.ts';
import { dateTime, duration } from './time.ts';

type Key = Output<'listKeys'>[number];
type IssuedKey = Output<'createKey'>;
type Standing = Output<'showKey'>['standings'][number];
type State = 'enabled' | 'disabled' | 'suspended' | 'expired' | 'removed';

const colours: Readonly<Record<State, Colour>> = {
  enabled: 'green',
  disabled: 'dim',
  suspended: 'yellow',
  expired: 'yellow',
  removed: 'dim',
};

const noKeys = 'There is no key yet. Make one: waystation key create --name NAME';

export function keyTable(page: Page, keys: readonly Key[], none = noKeys): string {
  if (keys.length === 0) return none;
  return table(page, columns(page), keys);
}

export function keyText(page: Page, key: Key, { account, group }: Bound): string {
  return definitionList(page, [
    ['Name', key.name],
    ['Id', key.id],
    ['Secret', secretMark(key)],
    ['State', stateOf(key, page.now)],
    ['Member', memberOf(key)],
    ['Owner', key.owner],
    ['Tags', key.tags.length === 0 ? undefined : key.tags.join(', ')],
    ['Note', key.note],
    ['Expires', expiryText(key)],
    ['Models', key.models.length === 0 ? 'all' : key.models.join(', ')],
    ['Not models', key.deniedModels.length === 0 ? undefined : key.deniedModels.join(', ')],
    ['Services', key.services.length === 0 ? 'all' : key.services.join(', ')],
    ['Programs', key.clients.length === 0 ? 'any' : `${key.clients.join(', ')} (a soft check)`],
    ['From', key.addresses.length === 0 ? 'anywhere' : key.addresses.join(', ')],
    ['At once', key.maxConcurrent === undefined ? 'no limit' : String(key.maxConcurrent)],
    ['Limits', key.limits.length === 0 ? 'none' : key.limits.map(limitText).join(', ')],
    ['Plan', key.planName ?? key.planId],
    ['Billed', key.multiplier === undefined ? undefined : `${key.multiplier} times the cost`],
    ['Account', account ?? 'any'],
    ['Group', group],
    ['Calls are', ownership(key)],
    ['Old secret', oldSecretText(key, page.now)],
    ['Last used', lastUseText(key)],
    ['Made', dateTime(key.createdAt)],
    ['Removed', key.removedAt === undefined ? undefined : dateTime(key.removedAt)],
  ]);
}

function memberOf({ memberId, memberName, memberState }: Key): string | undefined {
  if (memberState === 'removed') return `${memberId} (removed since: it is refused)`;
  return memberState === 'suspended' ? `${memberName} (suspended)` : memberName;
}

/** What accounts that are only their owner's, and what they reserve, go by. */
function ownership({ isOwn }: Key): string {
  if (isOwn === undefined) return 'your own from this computer, others’ from elsewhere';
  return isOwn ? 'your own, wherever they come from' : 'not your own, even from this computer';
}

/** Keys that were made together, with their secrets. */
export function issuedTable(page: Page, keys: readonly IssuedKey[]): string {
  const columns: readonly Column<IssuedKey>[] = [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'KEY', cell: ({ key }) => key },
  ];
  return table(page, columns, keys);
}

function oldSecretText({ oldSecretUntil: until }: Key, now: number): string | undefined {
  return until === undefined || until <= now ? undefined : `works until ${dateTime(until)}`;
}

function lastUseText({ lastUse }: Key): string {
  if (!lastUse) return 'never';
  const { at, userAgent, address } = lastUse;
  return [dateTime(at), ...(address === undefined ? [] : [`from ${address}`]), userAgent ?? ''].join(' ').trim();
}

function expiryText(key: Key): string {
  const { expiresAt, lifetimeMs, activatedAt } = key;
  const end = endOf(key);
  if (lifetimeMs !== undefined && activatedAt === undefined) {
    const latest = expiresAt === undefined ? '' : `, ${dateTime(expiresAt)} at the latest`;
    return `${duration(lifetimeMs)} after its first use${latest}`;
  }
  return end === undefined ? 'never' : dateTime(end);
}

/** What is used of each limit, and when there is room again. */
export function standingTable(page: Page, standings: readonly Standing[]): string {
  return table(
    page,
    [
      { title: 'LIMIT', least: 14, cell: ({ name, isShared }) => (isShared ? `${name} (shared)` : name) },
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
    { title: 'SECRET', cell: secretMark },
    {
      title: 'STATE',
      cell: (key) => stateOf(key, page.now),
      paint: (text, key) => page.paint(colours[stateOf(key, page.now)], text),
    },
    { title: 'EXPIRES', cell: expiryText },
    { title: 'MODELS', least: 8, cell: ({ models }) => (models.length === 0 ? 'all' : models.join(', ')) },
    { title: 'TAGS', isOptional: true, cell: ({ tags }) => tags.join(', ') },
    {
      title: 'LAST USED',
      isOptional: true,
      cell: ({ lastUse }) => (lastUse ? dateTime(lastUse.at) : 'never'),
    },
    { title: 'ID', isOptional: true, cell: ({ id }) => id },
  ];
}

function secretMark({ prefix, ending = '', isImported }: Key): string {
  return `${isImported ? '' : 'wsk_'}${prefix}…${ending}`;
}

function stateOf(key: Key, now: number): State {
  if (key.removedAt !== undefined) return 'removed';
  if (!key.isEnabled) return 'disabled';
  if (key.memberState === 'suspended' || key.memberState === 'removed') return 'suspended';
  const end = endOf(key);
  return end !== undefined && end <= now ? 'expired' : 'enabled';
}
