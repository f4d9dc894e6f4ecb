import type { Output } from '../server/admin/contract.ts';
import { count } from './numbers.ts';
import type { Page } from './page.ts';
import { type Column, table } from './table.ts';
import { plain, wrap } from './text.ts';
import { dateTime } from './time.ts';

type Offer = Output<'listModels'>[number];
type Listed = Output<'listAccountModels'>['listed'][number];
type Alias = Output<'listAliases'>[number];
type Tested = Output<'testModel'>;
type TestedAccount = Tested['accounts'][number];
type Names = ReadonlyMap<string, string>;

export function offerTable(page: Page, offers: readonly Offer[], names: Names): string {
  if (offers.length === 0) return 'No account is known to have a model. Add one: waystation account add';
  const columns: readonly Column<Offer>[] = [
    { title: 'MODEL', least: 16, cell: ({ id }) => id },
    { title: 'STANDS FOR', least: 10, cell: ({ standsFor }) => standsFor ?? '' },
    ...factColumns,
    { title: 'SERVED BY', least: 10, cell: ({ accountIds }) => accountIds.map((id) => names.get(id) ?? id).join(', ') },
  ];
  return table(page, columns, offers);
}

export function modelTable(page: Page, models: readonly Listed[]): string {
  const columns: readonly Column<Listed>[] = [
    { title: 'MODEL', least: 16, cell: ({ id }) => id },
    { title: 'NAME', least: 8, isOptional: true, cell: ({ displayName }) => displayName ?? '' },
    ...factColumns,
  ];
  return table(page, columns, models);
}

const factColumns: readonly Column<Listed>[] = [
  { title: 'CONTEXT', align: 'right', isOptional: true, cell: ({ contextTokens }) => optionalCount(contextTokens) },
  { title: 'OUTPUT', align: 'right', isOptional: true, cell: ({ maxOutputTokens }) => optionalCount(maxOutputTokens) },
];

export function aliasTable(page: Page, aliases: readonly Alias[]): string {
  if (aliases.length === 0) return 'There is no alias yet. Make one: waystation model alias set opus claude-opus-5-5';
  const columns: readonly Column<Alias>[] = [
    { title: 'NAME', least: 12, cell: ({ name }) => name },
    { title: 'STANDS FOR', least: 12, cell: ({ target }) => target },
    { title: 'SINCE', isOptional: true, cell: ({ updatedAt }) => dateTime(updatedAt) },
  ];
  return table(page, columns, aliases);
}

/** From the name to who serves it, and why others do not. */
export function testText(page: Page, tested: Tested, names: Names): string {
  const serving = tested.accounts.filter(({ serves }) => serves.length > 0);
  const others = tested.accounts.filter(({ serves }) => serves.length === 0);
  const lines = [
    ...aliasLines(tested),
    ...keyLines(tested),
    ...serving.map((account) => servedLine(account, nameOf(account, names))),
    ...(serving.length === 0 ? ['No account serves it.'] : []),
    ...others.map((account) => skippedLine(account, nameOf(account, names))),
  ];
  return lines.map((line) => wrap(plain(line), page.width, '  ')).join('\n');
}

function aliasLines({ asked, model, via }: Tested): readonly string[] {
  if (via.length === 0) return [`${asked} is no alias.`];
  return [`${asked} stands for ${model} (${via.map(({ name, target }) => `${name} → ${target}`).join(', ')}).`];
}

function keyLines({ isAllowed }: Tested): readonly string[] {
  if (isAllowed === null) return [];
  return [isAllowed ? 'The key may use it.' : 'The key may NOT use it.'];
}

function servedLine({ serves }: TestedAccount, name: string): string {
  const upstream = [...new Set(serves.map(({ upstreamModel }) => upstreamModel))].join(' or ');
  const own = serves.filter(({ isTranslated }) => !isTranslated).map(({ protocol }) => protocol);
  const translated = serves.filter(({ isTranslated }) => isTranslated).map(({ protocol }) => protocol);
  const ways = [
    ...(own.length > 0 ? [`${own.join(', ')} as it comes`] : []),
    ...(translated.length > 0 ? [`${translated.join(', ')} by translation`] : []),
  ];
  return `${name} serves it as ${upstream}: ${ways.join('; ')}.`;
}

const reasons: Readonly<Record<string, string>> = {
  'not-bound': 'the key is bound to another account',
  paused: 'it is paused',
  'cooling-down': 'it is cooling down after failures',
  limited: 'it is at its limit',
  'model-limited': 'it is at its limit for this model',
  'needs-sign-in': 'its credential no longer works',
  blocked: 'its upstream has blocked it',
  'model-not-supported': 'it does not have this model',
  'needs-client-credential': 'it forwards the credential of the client, so it serves only calls that bring one',
};

function skippedLine({ skipped = '', until }: TestedAccount, name: string): string {
  const why = Object.hasOwn(reasons, skipped) ? reasons[skipped] : skipped;
  return `${name} does not serve it: ${why}${until === undefined ? '' : ` until ${dateTime(until)}`}.`;
}

function nameOf({ accountId }: TestedAccount, names: Names): string {
  return names.get(accountId) ?? accountId;
}

function optionalCount(value: number | undefined): string {
  return value === undefined ? '' : count(value);
}
