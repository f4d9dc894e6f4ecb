import { resolve } from 'node:path';
import type { Operations, Output } from '../server/admin/contract.ts';
import { AdminError } from '../server/admin/errors.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { definitionList } from './definitions.ts';
import { counted } from './numbers.ts';
import { type Page, pageFor } from './page.ts';
import { diffText, priceText } from './prices-text.ts';
import { canAsk, confirm } from './secret-input.ts';
import { type Column, table } from './table.ts';
import { dateTime } from './time.ts';
import { UsageError } from './usage-error.ts';
import { priceSet, priceUnset } from './usage-price-set.ts';

type Prices = Output<'showPrices'>;
type Version = Prices['versions'][number];

export const priceCommands: readonly Command[] = [
  {
    name: 'usage prices',
    argument: '[MODEL]',
    summary: 'show which prices are in use, or those of one model',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        if (call.argument !== undefined) {
          const price = await operations.showPrice({ model: call.argument });
          return call.print({ json: price, text: (page) => priceText(page, price) });
        }
        const prices = await operations.showPrices({});
        return call.print({ json: prices, text: (page) => pricesText(page, prices) });
      }),
  },
  {
    name: 'usage prices check',
    summary: 'fetch newer prices, prove them and show what they would change',
    flags: {
      from: { type: 'string', value: 'PLACE', text: 'an https address or a file; default: what prices.source says' },
      sha256: {
        type: 'string',
        value: 'HEX',
        text: 'the checksum it must have; default: that of the .sha256 beside it',
      },
      'allow-local': { type: 'boolean', text: 'the address may be on this computer or its own network' },
    },
    notes: [
      'Where prices come from for good, and who must have signed them, is a setting:',
      '  waystation settings set prices.source --value \'{"url":"https://…/prices.json"}\'',
      'Nothing changes before: waystation usage prices apply',
    ],
    run: check,
  },
  {
    name: 'usage prices apply',
    summary: 'take the prices into use that were checked last',
    flags: {
      yes: { type: 'boolean', text: 'do not ask' },
      'accept-suspicious': { type: 'boolean', text: 'also when they look wrong' },
    },
    notes: ['Calls keep the price that they were counted with.'],
    run: (call) => withOperations(call, (operations) => apply(call, operations)),
  },
  {
    name: 'usage prices roll-back',
    argument: 'VERSION',
    summary: 'go back to prices that were in use before',
    flags: { yes: { type: 'boolean', text: 'do not ask' } },
    run: (call) => withOperations(call, (operations) => rollBack(call, operations)),
  },
  priceSet,
  priceUnset,
];

async function check(call: Invocation): Promise<number> {
  const { flags } = call;
  const from = flags.text('from');
  if (from === undefined && (flags.has('sha256') || flags.has('allow-local')))
    throw new UsageError('--sha256 and --allow-local belong to --from.');
  return await withOperations(call, async (operations) => {
    const origin = from === undefined ? undefined : { url: placeOf(from), ...proofOf(call) };
    const checked = await operations.checkPrices({ origin });
    const end = 'Nothing is changed yet. Take them into use with: waystation usage prices apply';
    return call.print({ json: checked, text: (page) => `${diffText(page, checked)}\n\n${end}` });
  });
}

/** The relay may run in another folder. */
function placeOf(from: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(from) ? from : resolve(from);
}

function proofOf({ flags }: Invocation) {
  const sha256 = flags.text('sha256');
  return { ...(sha256 !== undefined && { sha256 }), ...(flags.has('allow-local') && { allowLocal: true }) };
}

async function apply(call: Invocation, operations: Operations): Promise<number> {
  const { versions } = await operations.showPrices({});
  const candidate = versions.find(({ usedAt, addedAt }) => usedAt === null && addedAt > 0);
  if (!candidate)
    throw new AdminError('not-found', 'No newer prices were checked. First: waystation usage prices check');
  return await take(call, operations, { version: candidate.version, isRollBack: false });
}

async function rollBack(call: Invocation, operations: Operations): Promise<number> {
  const version = call.argument ?? '';
  const { versions } = await operations.showPrices({});
  const found = versions.find((one) => one.version === version && (one.usedAt !== null || one.addedAt === 0));
  if (!found) throw new AdminError('not-found', 'No such prices were in use. See: waystation usage prices');
  return await take(call, operations, { version, isRollBack: true });
}

interface Choice {
  readonly version: string;
  readonly isRollBack: boolean;
}

async function take(call: Invocation, operations: Operations, { version, isRollBack }: Choice): Promise<number> {
  const compared = await operations.comparePrices({ version });
  await ask(call, (page) => diffText(page, compared), `Use the prices of ${version} from now on?`);
  const acceptSuspicious = isRollBack || call.flags.has('accept-suspicious');
  const { current } = compared;
  const prices = await operations.applyPrices({ version, current, acceptSuspicious, isRollBack });
  const text = () => `The prices of ${version} are in use. Calls that were counted before keep theirs.`;
  return call.print({ json: prices, text });
}

async function ask({ flags, isJson, io }: Invocation, text: (page: Page) => string, question: string): Promise<void> {
  if (flags.has('yes') || isJson || !canAsk(io)) return;
  io.stderr.write(`${text(pageFor(io.stderr, io.clock.now()))}\n\n`);
  if (!(await confirm(io, question))) throw new UsageError('Nothing was changed.');
}

function pricesText(page: Page, prices: Prices): string {
  const own = prices.own.map(({ model }) => model).join(', ');
  const summary = definitionList(page, [
    ['In use', `${prices.version}${prices.isPinned ? ', to which somebody went back' : ''}`],
    ['Read on', prices.date],
    ['Models', counted(prices.models, 'model')],
    ['Your own', own === '' ? 'none' : own],
  ]);
  return `${summary}\n\n${table(page, versionColumns, prices.versions)}`;
}

const versionColumns: readonly Column<Version>[] = [
  { title: 'VERSION', cell: ({ version }) => version },
  { title: 'READ ON', cell: ({ date }) => date },
  { title: 'USED SINCE', cell: (version) => usedSince(version) },
  { title: 'FROM', least: 12, cell: ({ source }) => source },
];

function usedSince({ isInUse, usedAt, addedAt }: Version): string {
  if (usedAt === null) return isInUse ? 'in use' : addedAt > 0 ? 'only checked' : '-';
  return `${dateTime(usedAt)}${isInUse ? ', in use' : ''}`;
}
