import type { KeyLimit } from '../keys/limit.ts';
import type { Input, Operations } from '../server/admin/contract.ts';
import { care } from '../server/admin/contract-scheduling.ts';
import type { Flags, Invocation } from './command.ts';
import type { FlagValues } from './flags.ts';
import { readLimit } from './key-limit.ts';
import { findGroup } from './lookup.ts';
import { parseMoment, parseSpan } from './time.ts';
import { timeZoneOf } from './time-zone.ts';
import { UsageError } from './usage-error.ts';

/** What an account's owner asks to be kept in mind about it. */
export const careFlags: Flags = {
  sharing: { type: 'string', value: 'WHO', text: `${care.shape.sharing.options.join(', ')}; default: shared` },
  'max-concurrent': { type: 'string', value: 'N', text: 'calls at once; the others wait in a fair queue' },
  'stop-at': {
    type: 'string',
    value: 'WINDOW=PERCENT',
    multiple: true,
    text: 'begin no new sessions when this much of a limit is used, such as 5h=90; * is any window',
  },
  reserve: { type: 'string', value: 'PERCENT', text: "of each limit, for its owner's own calls only" },
  cap: {
    type: 'string',
    value: 'CAP',
    multiple: true,
    text: 'the most it may do: cost=20usd/day, requests=500/week@mon, cost=100usd/month,strict; instead of those before',
  },
  'time-zone': {
    type: 'string',
    value: 'ZONE',
    text: 'for the days, weeks and months of --cap; default: this computer’s',
  },
  'test-every': {
    type: 'string',
    value: 'SPAN',
    text: 'test it this often, such as 30m or 1d, by the cheapest question that its upstream has; default: never',
  },
  expires: { type: 'string', value: 'TIME', text: 'when its subscription ends: 30d, 2027-01-31, or an ISO time' },
  group: { type: 'string', value: 'NAME', multiple: true, text: 'a group it belongs to, instead of those before' },
};

export const careUndoFlags: Flags = {
  'no-max-concurrent': { type: 'boolean', text: 'any number of calls at once again' },
  'no-stop-at': { type: 'boolean', text: 'new sessions up to the limits again' },
  'no-reserve': { type: 'boolean', text: 'reserve nothing any more' },
  'no-tests': { type: 'boolean', text: 'never test it by itself' },
  'no-cap': { type: 'boolean', text: 'no cap any more' },
  'never-expires': { type: 'boolean', text: 'take --expires back' },
  'no-group': { type: 'boolean', text: 'take it out of its groups' },
};

type Care = NonNullable<Input<'updateAccount'>['care']>;
type Cap = NonNullable<Care['caps']>[number];

/** Undefined when the command line says nothing of it. */
export function readCare(call: Invocation): Care | undefined {
  const { flags } = call;
  const given: Care = {
    sharing: flags.choice('sharing', care.shape.sharing.options),
    maxConcurrent: flags.has('no-max-concurrent') ? null : flags.integer('max-concurrent', { min: 1, max: 10_000 }),
    stopAt: flags.has('no-stop-at') ? {} : readStops(flags),
    reservePercent: flags.has('no-reserve') ? null : flags.integer('reserve', { min: 1, max: 100 }),
    testEveryMs: flags.has('no-tests') ? null : readInterval(flags),
    caps: flags.has('no-cap') ? null : readCaps(flags),
    expiresAt: flags.has('never-expires') ? null : readExpiry(call),
  };
  return Object.values(given).every((value) => value === undefined) ? undefined : given;
}

function readExpiry({ flags, io }: Invocation): number | undefined {
  const text = flags.text('expires');
  return text === undefined ? undefined : parseMoment('expires', text, { from: io.clock.now(), direction: 1 });
}

function readInterval(flags: FlagValues): number | undefined {
  const text = flags.text('test-every');
  return text === undefined ? undefined : parseSpan('test-every', text);
}

function readCaps(flags: FlagValues): Cap[] | undefined {
  const given = flags.list('cap');
  return given.length === 0 ? undefined : given.map((text) => toCap(text, readLimit(text, timeZoneOf(flags))));
}

/** Written like the limits of keys, of which a cap is the simpler half. */
function toCap(text: string, { measure, window, models, mode, amount }: KeyLimit): Cap {
  if (measure !== 'tokens' && window.kind === 'calendar' && models === undefined && mode !== 'shadow') {
    return { measure, amount, window, mode };
  }
  throw new UsageError(
    `The cap "${text}" does not fit an account: it is about requests or cost of all models in a day, week or month, ` +
      'such as cost=20usd/day or requests=500/week@mon; add ,strict to overspend nothing.',
  );
}

function readStops(flags: FlagValues): Record<string, number> | undefined {
  if (!flags.has('stop-at')) return undefined;
  return Object.fromEntries(
    flags.list('stop-at').map((text) => {
      const [, window = '', percent = ''] = /^([^=]+)=(\d{1,3})$/.exec(text) ?? [];
      if (window !== '' && Number(percent) >= 1 && Number(percent) <= 100) return [window, Number(percent)];
      throw new UsageError('--stop-at must look like 5h=90, with a whole number of percent from 1 to 100.');
    }),
  );
}

export function saysGroups(flags: FlagValues): boolean {
  return flags.has('group') || flags.has('no-group');
}

/** Makes the account a member of exactly the named groups. */
export async function putInGroups({ flags }: Invocation, operations: Operations, accountId: string): Promise<void> {
  if (!saysGroups(flags)) return;
  const wanted = new Set<string>();
  for (const name of flags.list('group')) wanted.add((await findGroup(operations, name)).id);
  for (const { id, members } of await operations.listGroups({})) {
    const others = members.filter((member) => member.accountId !== accountId);
    const isMember = others.length < members.length;
    if (isMember === wanted.has(id)) continue;
    await operations.updateGroup({ id, members: wanted.has(id) ? [...others, { accountId }] : others });
  }
}
