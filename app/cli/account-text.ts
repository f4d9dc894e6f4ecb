import type { Output } from '../server/admin/contract.ts';
import { capLines, careLines, checkLines, inFlightText, limitLines } from './account-condition.ts';
import { type Definition, definitionList } from './definitions.ts';
import type { Colour, Page } from './page.ts';
import { type Column, table } from './table.ts';
import { dateTime } from './time.ts';

type Account = Output<'showAccount'>;

export function accountTable(page: Page, accounts: readonly Account[]): string {
  if (accounts.length === 0) {
    return 'There is no account yet. Add one: waystation account add --provider anthropic --name NAME';
  }
  return table(page, columns(page), accounts);
}

export function accountText(page: Page, account: Account): string {
  const mapped = Object.entries(account.modelMap).map(([from, to]) => `${from} to ${to}`);
  return definitionList(page, [
    ['Name', account.name],
    ['Id', account.id],
    ['Provider', account.provider],
    ['State', stateOf(account)],
    ['Reason', account.condition.reason || undefined],
    ...limitLines(account, page.now),
    ...capLines(account),
    ...checkLines(account, page.now),
    ['In flight', inFlightText(account)],
    ['Priority', `${account.priority} (lower first)`],
    ['Weight', String(account.weight)],
    ...Object.entries(account.settings).map(([name, value]) => [settingNames[name] ?? name, String(value)] as const),
    ['Local upstream', account.allowLocalUpstream ? 'allowed' : undefined],
    ['Credential', account.hasSecret ? 'stored, sealed' : 'none stored'],
    ...subscriptionLines(account),
    ['Proxy', account.hasProxy ? 'set' : undefined],
    ...careLines(account),
    ['Models', account.models.length === 0 ? 'all' : account.models.join(', ')],
    ['Sent as', mapped.length === 0 ? undefined : mapped.join(', ')],
    ['Added', dateTime(account.createdAt)],
  ]);
}

const signInNames = {
  browser: 'in a browser',
  'setup-token': 'with a setup token',
  linked: "by the provider's own tool on this computer, which renews it",
} as const;

function subscriptionLines({ subscription }: Account): readonly Definition[] {
  if (!subscription) return [];
  const { signIn, plan, email, termsAcceptedAt, isShared } = subscription;
  const who = [plan, email].filter((word) => word !== undefined).join(', ');
  return [
    ['Signed in', signIn === null ? undefined : `${signInNames[signIn]}${who && ` (${who})`}`],
    ['Terms', termsAcceptedAt === null ? 'not accepted: it serves nobody' : `accepted ${dateTime(termsAcceptedAt)}`],
    ['Serves', isShared ? 'other computers too' : 'this computer only'],
  ];
}

const settingNames: Readonly<Record<string, string>> = { baseUrl: 'Address', auth: 'Credential as' };

const states: Readonly<Record<Account['state'], string>> = {
  active: 'ready',
  'cooling-down': 'cooling down',
  limited: 'limited',
  'needs-sign-in': 'needs sign-in',
  blocked: 'blocked',
  paused: 'paused',
  expired: 'expired',
};

function columns(page: Page): readonly Column<Account>[] {
  return [
    { title: 'NAME', least: 10, cell: ({ name }) => name },
    { title: 'PROVIDER', least: 9, cell: ({ provider }) => provider },
    {
      title: 'STATE',
      least: 13,
      cell: stateOf,
      paint: (text, account) => page.paint(colourOf(account), text),
    },
    { title: 'PRIORITY', align: 'right', isOptional: true, cell: ({ priority }) => String(priority) },
    { title: 'WEIGHT', align: 'right', isOptional: true, cell: ({ weight }) => String(weight) },
    { title: 'CAPS', isOptional: true, cell: capsText },
    { title: 'IN FLIGHT', align: 'right', cell: ({ inFlight }) => String(inFlight) },
    { title: 'ID', isOptional: true, cell: ({ id }) => id },
  ];
}

/** The share of each cap that is used. */
function capsText({ caps }: Account): string {
  return caps.map(({ name, spent, amount }) => `${Math.floor((spent / amount) * 100)} % ${name}`).join(', ');
}

function stateOf({ state, condition, subscription }: Account): string {
  if (state !== 'paused' && subscription?.termsAcceptedAt === null) return 'terms open';
  return condition.until === undefined ? states[state] : `${states[state]} until ${dateTime(condition.until)}`;
}

function colourOf({ state, condition, subscription }: Account): Colour {
  if (state === 'paused' || subscription?.termsAcceptedAt === null) return 'dim';
  if (state === 'active') return 'green';
  return condition.until === undefined ? 'red' : 'yellow';
}
