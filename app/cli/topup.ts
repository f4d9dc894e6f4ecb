import { amountText } from '../keys/limit-refusal.ts';
import { parseLimit } from '../keys/limit-text.ts';
import type { Operations, Output } from '../server/admin/contract.ts';
import { topUpState } from '../server/admin/contract-topups.ts';
import { AdminError } from '../server/admin/errors.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { findKey } from './lookup.ts';
import { counted } from './numbers.ts';
import type { Page } from './page.ts';
import { askHidden, canAsk, readPipedLines } from './secret-input.ts';
import { type Column, table } from './table.ts';
import { dateTime, duration, parseMoment, parseSpan } from './time.ts';
import { UsageError } from './usage-error.ts';

type TopUp = Output<'listTopUps'>[number];
type Issued = Output<'createTopUps'>[number];

const maxAtOnce = 1_000;

export const topUpCommands: readonly Command[] = [
  {
    name: 'topup list',
    summary: 'show top-up codes by their last characters, and which key redeemed them when',
    flags: {
      state: { type: 'string', value: 'STATE', text: `only those that are ${topUpState.options.join(', ')}` },
      key: { type: 'string', value: 'NAME', text: 'only those that this key redeemed' },
    },
    notes: ['What was granted, in order: waystation topup list --state redeemed'],
    run: list,
  },
  {
    name: 'topup create',
    summary: 'make codes that give a key more, once; they are shown this once',
    flags: {
      quota: { type: 'string', value: 'AMOUNT', text: 'cost=5usd, tokens=2m or requests=100' },
      time: { type: 'string', value: 'SPAN', text: 'how much later the key expires, such as 30d' },
      count: { type: 'string', value: 'N', text: 'make that many; default: 1' },
      note: { type: 'string', value: 'TEXT', text: 'what should be known about them' },
      expires: {
        type: 'string',
        value: 'TIME',
        text: 'when they can no longer be redeemed: 30d, 2027-01-31, or an ISO time',
      },
    },
    notes: [
      'An amount raises the limits in total that a key has of it (cost=10usd/total), for good; a key without one cannot take it.',
      'Time counts from the key’s end, or from now if it has expired; a key that never expires cannot take time alone.',
      '  waystation topup create --quota cost=5usd --time 30d --count 20 --expires 2027-01-31',
    ],
    run: create,
  },
  {
    name: 'topup disable',
    argument: 'ENDING',
    summary: 'make a code worthless that nobody has redeemed, by its id or its last characters',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const { id } = await findTopUp(operations, call.argument ?? '');
        const topUp = await operations.disableTopUp({ id });
        return call.print({ json: topUp, text: () => `The code that ends in ${topUp.ending} is disabled.` });
      }),
  },
  {
    name: 'topup redeem',
    summary: 'redeem a code for a key, also for one that has expired',
    flags: {
      key: { type: 'string', value: 'NAME', text: 'the key that gets it' },
      stdin: { type: 'boolean', text: 'read the code from standard input, one line' },
    },
    notes: [
      'The code is asked for, or piped in with --stdin, so that it is in no history before it is used.',
      'Whoever holds a key redeems by itself: POST /v1/top-up with {"code": "…"}.',
    ],
    run: redeem,
  },
];

async function list(call: Invocation): Promise<number> {
  const { flags } = call;
  const wanted = flags.text('state');
  const state = topUpState.options.find((word) => word === wanted);
  if (wanted !== undefined && !state) throw new UsageError(`--state must be ${topUpState.options.join(' or ')}.`);
  const key = flags.text('key');
  return await withOperations(call, async (operations) => {
    const keyId = key === undefined ? undefined : (await findKey(operations, key)).id;
    const topUps = await operations.listTopUps({ state, keyId });
    return call.print({ json: topUps, text: (page) => listText(page, topUps) });
  });
}

async function create(call: Invocation): Promise<number> {
  const { flags, io } = call;
  const quota = flags.text('quota');
  const time = flags.text('time');
  const expires = flags.text('expires');
  if (quota === undefined && time === undefined)
    throw new UsageError('Say what the codes give: --quota, --time or both.');
  const input = {
    ...(quota !== undefined && readQuota(quota)),
    extendMs: time === undefined ? undefined : parseSpan('time', time),
    count: flags.integer('count', { min: 1, max: maxAtOnce }),
    note: flags.text('note'),
    expiresAt:
      expires === undefined ? undefined : parseMoment('expires', expires, { from: io.clock.now(), direction: 1 }),
  };
  return await withOperations(call, async (operations) => {
    const issued = await operations.createTopUps(input);
    return call.print({ json: issued, text: (page) => issuedText(page, issued) });
  });
}

/** Written as limits are, without a time. */
function readQuota(text: string) {
  try {
    const { measure, amount, models, mode } = parseLimit(`${text}/total`, 'UTC');
    if (models === undefined && mode === 'smooth') return { measure, amount };
  } catch {
    // Said below: the limit's own words would speak of its time.
  }
  throw new UsageError('--quota must be an amount such as cost=5usd, tokens=2m or requests=100.');
}

async function redeem(call: Invocation): Promise<number> {
  const { flags } = call;
  const name = flags.required('key');
  const code = await readCode(call);
  return await withOperations(call, async (operations) => {
    const { id: keyId } = await findKey(operations, name);
    const redeemed = await operations.redeemTopUp({ code, keyId });
    const { topUp, keyExpiresAt } = redeemed;
    const end = keyExpiresAt === undefined ? '' : ` It works until ${dateTime(keyExpiresAt)}.`;
    return call.print({ json: redeemed, text: () => `${topUp.keyName ?? name} got ${grantText(topUp)}.${end}` });
  });
}

async function readCode({ flags, io }: Invocation): Promise<string> {
  if (flags.has('stdin')) return (await readPipedLines(io.stdin, ['the code']))[0] ?? '';
  if (canAsk(io)) return await askHidden(io, 'Code (not shown)');
  throw new UsageError('There is nobody to ask for the code. Pipe it in and add --stdin.');
}

async function findTopUp(operations: Operations, wanted: string): Promise<TopUp> {
  const ending = wanted.toUpperCase();
  const found = (await operations.listTopUps({})).filter((one) => one.id === wanted || one.ending === ending);
  const [first] = found;
  if (!first) {
    const hint = 'See which there are with: waystation topup list';
    throw new AdminError('not-found', `There is no code with this id or these last characters. ${hint}`);
  }
  if (found.length === 1) return first;
  const ids = found.map(({ id }) => id).join(', ');
  throw new AdminError('conflict', `${found.length} codes end so. Give the id instead: ${ids}`);
}

function grantText({ measure, amount = 0, extendMs }: TopUp): string {
  const unit = measure === undefined || measure === 'cost' ? '' : ` ${measure}`;
  const quota = measure === undefined ? [] : [`${amountText(measure, amount)}${unit}`];
  return [...quota, ...(extendMs === undefined ? [] : [duration(extendMs)])].join(' and ');
}

const moment = (at: number | undefined) => (at === undefined ? '-' : dateTime(at));

function listText(page: Page, topUps: readonly TopUp[]): string {
  if (topUps.length === 0) return 'There is no such code. Make one: waystation topup create --quota cost=5usd';
  const columns: readonly Column<TopUp>[] = [
    { title: 'CODE', cell: ({ ending }) => `…${ending}` },
    { title: 'GIVES', least: 8, cell: grantText },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'UNTIL', cell: ({ expiresAt }) => moment(expiresAt) },
    { title: 'KEY', cell: ({ keyName, redeemedBy }) => keyName ?? redeemedBy ?? '-' },
    { title: 'REDEEMED', cell: ({ redeemedAt }) => moment(redeemedAt) },
    { title: 'NOTE', least: 8, cell: ({ note = '' }) => note },
  ];
  return table(page, columns, topUps);
}

function issuedText(page: Page, issued: readonly Issued[]): string {
  const columns: readonly Column<Issued>[] = [
    { title: 'CODE', cell: ({ code }) => code },
    { title: 'GIVES', cell: grantText },
  ];
  const once = 'Copy them now: they are stored as digests only and cannot be shown again.';
  return `${table(page, columns, issued)}\n\n${counted(issued.length, 'code')} made. ${once}`;
}
