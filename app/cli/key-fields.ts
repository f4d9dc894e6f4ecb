import type { Input, Operations, Output } from '../server/admin/contract.ts';
import { clientKind, service } from '../server/admin/contract-keys.ts';
import type { Flags, Invocation } from './command.ts';
import type { FlagValues } from './flags.ts';
import { findAccount, findGroup, findMember, findPlan } from './lookup.ts';
import { parseMoment, parseSpan } from './time.ts';
import { UsageError } from './usage-error.ts';

export type Key = Output<'listKeys'>[number];

/** What a key has; the same for keys that are made, imported and changed. */
export const fieldFlags: Flags = {
  member: { type: 'string', value: 'NAME', text: 'the person whose it is, with their state, plan and shared limits' },
  owner: { type: 'string', value: 'WHO', text: 'a label for whose it is; nothing follows from it' },
  tag: { type: 'string', value: 'TAG', multiple: true, text: 'what it belongs to' },
  note: { type: 'string', value: 'TEXT', text: 'what should be known about it' },
  model: {
    type: 'string',
    value: 'PATTERN',
    multiple: true,
    text: 'a model it may use, such as claude-*; default: all',
  },
  'deny-model': {
    type: 'string',
    value: 'PATTERN',
    multiple: true,
    text: 'a model it may not use, whatever --model says',
  },
  service: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    text: `what it may reach (${service.options.join(', ')}); default: all`,
  },
  client: {
    type: 'string',
    value: 'KIND',
    multiple: true,
    text: `a program that may use it (${clientKind.options.join(', ')}); a soft check: programs can look like each other`,
  },
  from: {
    type: 'string',
    value: 'RANGE',
    multiple: true,
    text: 'addresses it may be used from, such as 10.0.0.0/8; default: any',
  },
  expires: { type: 'string', value: 'TIME', text: '30d, 2027-01-31, or an ISO time' },
  'expires-after-first-use': {
    type: 'string',
    value: 'SPAN',
    text: 'how long it works from its first use on, such as 30d',
  },
  account: { type: 'string', value: 'NAME', text: 'the only account that may serve it; default: any' },
  group: { type: 'string', value: 'NAME', text: 'the only group whose accounts may serve it; default: any' },
  plan: { type: 'string', value: 'NAME', text: 'the plan it is on; what is said of the key itself goes before it' },
  multiplier: {
    type: 'string',
    value: 'N',
    text: 'how many times the cost it pays, such as 1.5 or 0.5; default: 1',
  },
  own: { type: 'boolean', text: 'its calls are your own, wherever they come from' },
  foreign: { type: 'boolean', text: 'its calls are not your own, even from this computer' },
  'max-concurrent': { type: 'string', value: 'N', text: 'calls at once; default: no limit' },
};

/** What the flags of `fieldFlags` say, without `--max-concurrent`; what is not there is undefined. */
export async function readFields(call: Invocation, operations: Operations) {
  const { flags } = call;
  const expires = flags.text('expires');
  const lifetime = flags.text('expires-after-first-use');
  const account = flags.text('account');
  const group = flags.text('group');
  const plan = flags.text('plan');
  const member = flags.text('member');
  return {
    owner: flags.text('owner'),
    note: flags.text('note'),
    tags: given(flags, 'tag'),
    models: given(flags, 'model'),
    deniedModels: given(flags, 'deny-model'),
    services: choices(flags, 'service', service.options),
    clients: choices(flags, 'client', clientKind.options),
    addresses: given(flags, 'from'),
    expiresAt:
      expires === undefined ? undefined : parseMoment('expires', expires, { from: call.io.clock.now(), direction: 1 }),
    lifetimeMs: lifetime === undefined ? undefined : parseSpan('expires-after-first-use', lifetime),
    accountId: account === undefined ? undefined : (await findAccount(operations, account)).id,
    groupId: group === undefined ? undefined : (await findGroup(operations, group)).id,
    planId: plan === undefined ? undefined : (await findPlan(operations, plan)).id,
    multiplier: readMultiplier(flags),
    memberId: member === undefined ? undefined : (await findMember(operations, member)).id,
    isOwn: flags.has('own') ? true : flags.has('foreign') ? false : undefined,
  } satisfies Partial<Input<'createKey'>>;
}

function readMultiplier(flags: FlagValues): number | undefined {
  const text = flags.text('multiplier');
  if (text === undefined || /^\d{1,3}(\.\d{1,3})?$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new UsageError('--multiplier must be a number from 0.01 to 100, such as 1.5 or 0.5.');
}

export function given(flags: FlagValues, name: string): string[] | undefined {
  const values = flags.list(name);
  return values.length === 0 ? undefined : [...values];
}

export function choices<Word extends string>(
  flags: FlagValues,
  name: string,
  words: readonly Word[],
): Word[] | undefined {
  const chosen = given(flags, name)?.map((text) => {
    const known = words.find((word) => word === text);
    if (known !== undefined) return known;
    throw new UsageError(`--${name} must be ${words.join(' or ')}.`);
  });
  return chosen;
}

/** The names of what a key is bound to. */
export interface Bound {
  readonly account?: string | undefined;
  readonly group?: string | undefined;
}

export async function boundTo(operations: Operations, { accountId, groupId }: Key): Promise<Bound> {
  return {
    account: accountId === undefined ? undefined : nameIn(await operations.listAccounts({}), accountId),
    group: groupId === undefined ? undefined : nameIn(await operations.listGroups({}), groupId),
  };
}

function nameIn(all: readonly { readonly id: string; readonly name: string }[], wanted: string): string {
  return all.find(({ id }) => id === wanted)?.name ?? `${wanted} (removed since)`;
}
