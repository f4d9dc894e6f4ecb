import type { Input, Operations } from '../server/admin/contract.ts';
import { callStatus } from '../server/admin/contract-usage.ts';
import { AdminError } from '../server/admin/errors.ts';
import type { Flags, Invocation } from './command.ts';
import { findAccount, findAnyKey, findMember } from './lookup.ts';
import { parseMoment } from './time.ts';

/** Which calls: the same for lists and exports. */
export const filterFlags: Flags = {
  since: { type: 'string', value: 'TIME', text: 'from then on: 2h, 7d, an ISO time, or epoch milliseconds' },
  before: { type: 'string', value: 'TIME', text: 'older than that' },
  key: { type: 'string', value: 'NAME', text: 'calls made with this key' },
  member: { type: 'string', value: 'NAME', text: 'calls made with keys of this member' },
  account: { type: 'string', value: 'NAME', text: 'calls served by this account' },
  status: { type: 'string', value: 'STATUS', text: callStatus.options.join(', ') },
};

export async function callQuestion(call: Invocation, operations: Operations): Promise<Input<'listUsage'>> {
  return {
    since: momentOf(call, 'since'),
    before: momentOf(call, 'before'),
    status: call.flags.choice('status', callStatus.options),
    key: await keyId(call, operations),
    member: await memberId(call, operations),
    account: await accountId(call, operations),
  };
}

export function momentOf({ flags, io }: Invocation, name: string): number | undefined {
  const text = flags.text(name);
  return text === undefined ? undefined : parseMoment(name, text, { from: io.clock.now(), direction: -1 });
}

/** Removed keys, members and accounts still have usage: their ids are taken as they are. */
async function keyId({ flags }: Invocation, operations: Operations): Promise<string | undefined> {
  const wanted = flags.text('key');
  if (wanted === undefined || wanted === 'this-computer') return wanted;
  return await idOf(wanted, 'key_', () => findAnyKey(operations, wanted));
}

async function memberId({ flags }: Invocation, operations: Operations): Promise<string | undefined> {
  const wanted = flags.text('member');
  return wanted === undefined ? undefined : await idOf(wanted, 'mem_', () => findMember(operations, wanted));
}

/** The account that `--account` names, also one that was removed. */
export async function accountId({ flags }: Invocation, operations: Operations): Promise<string | undefined> {
  const wanted = flags.text('account');
  return wanted === undefined ? undefined : await idOf(wanted, 'acc_', () => findAccount(operations, wanted));
}

async function idOf(wanted: string, start: string, find: () => Promise<{ readonly id: string }>): Promise<string> {
  try {
    return (await find()).id;
  } catch (error) {
    if (error instanceof AdminError && error.kind === 'not-found' && wanted.startsWith(start)) return wanted;
    throw error;
  }
}
