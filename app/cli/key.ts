import type { Operations } from '../server/admin/contract.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { graceOf, keyCreate, keyImport, rotateFlags, secretText } from './key-create.ts';
import { boundTo, type Key } from './key-fields.ts';
import { keyLimit } from './key-limit.ts';
import { keyRemove } from './key-remove.ts';
import { keyTable, keyText, standingTable } from './key-text.ts';
import { keyDisable, keyEnable, keyUpdate } from './key-update.ts';
import { findKey, findMember, findTrashedKey } from './lookup.ts';
import type { Page } from './page.ts';
import { dateTime } from './time.ts';

interface OnKey {
  readonly call: Invocation;
  readonly operations: Operations;
  readonly key: Key;
}

const listFlags: Flags = {
  tag: { type: 'string', value: 'TAG', text: 'only those with this tag' },
  owner: { type: 'string', value: 'WHO', text: 'only those of this owner' },
  member: { type: 'string', value: 'NAME', text: 'only those of this member' },
  trash: { type: 'boolean', text: 'those that were removed and can be restored' },
};

export const keyCommands: readonly Command[] = [
  keyCreate,
  keyImport,
  { name: 'key list', summary: 'show all keys', flags: listFlags, run: list },
  onKey({ name: 'key show', summary: 'show one key, without its secret' }, show),
  keyUpdate,
  keyLimit,
  onKey({ name: 'key rotate', summary: 'give a key a new secret; it is shown this once', flags: rotateFlags }, rotate),
  keyDisable,
  keyEnable,
  keyRemove,
  {
    name: 'key restore',
    argument: 'NAME',
    summary: 'take a key out of the trash; it works as before',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const { id } = await findTrashedKey(operations, call.argument ?? '');
        const key = await operations.restoreKey({ id });
        return call.print({ json: key, text: () => `${key.name} is restored.` });
      }),
  },
];

/** A command on one key, called by its name or id. */
function onKey(
  command: Pick<Command, 'name' | 'summary'> & { readonly flags?: Flags },
  run: (on: OnKey) => Promise<number>,
): Command {
  return {
    argument: 'NAME',
    flags: {},
    ...command,
    run: (call) =>
      withOperations(call, async (operations) => {
        return await run({ call, operations, key: await findKey(operations, call.argument ?? '') });
      }),
  };
}

async function list(call: Invocation): Promise<number> {
  const { flags } = call;
  const place = flags.has('trash') ? 'trash' : 'in-use';
  return await withOperations(call, async (operations) => {
    const wanted = flags.text('member');
    const member = wanted === undefined ? undefined : (await findMember(operations, wanted)).id;
    const keys = await operations.listKeys({ tag: flags.text('tag'), owner: flags.text('owner'), member, place });
    const isFiltered = ['tag', 'owner', 'member', 'trash'].some((name) => flags.has(name));
    const none = isFiltered ? 'No key is so.' : undefined;
    return call.print({ json: keys, text: (page) => keyTable(page, keys, none) });
  });
}

async function show({ call, operations, key }: OnKey): Promise<number> {
  const bound = await boundTo(operations, key);
  const shown = await operations.showKey({ id: key.id });
  const text = (page: Page) => {
    const standings = shown.standings.length === 0 ? '' : `\n\n${standingTable(page, shown.standings)}`;
    return `${keyText(page, shown, bound)}${standings}`;
  };
  return call.print({ json: shown, text });
}

async function rotate({ call, operations, key: { id } }: OnKey): Promise<number> {
  const key = await operations.rotateKey({ id, graceMs: graceOf(call) });
  const { name, oldSecretUntil: until } = key;
  const before =
    until === undefined
      ? 'The old secret is refused from now on.'
      : `The old secret works until ${dateTime(until)}; to end it now: waystation key rotate ${name} --grace 0s`;
  return call.print({ json: key, text: () => `${name} has a new secret.\n${secretText(key)}\n${before}` });
}
