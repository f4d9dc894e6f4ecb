import type { Input, Operations } from '../server/admin/contract.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { boundTo, fieldFlags, type Key, readFields } from './key-fields.ts';
import { keyTable, keyText } from './key-text.ts';
import { findKey } from './lookup.ts';
import { counted } from './numbers.ts';
import { UsageError } from './usage-error.ts';

type Patch = Omit<Input<'updateKeys'>, 'ids'>;

/** Which keys, where it is not one by its name. */
export const selectionFlags: Flags = {
  tagged: { type: 'string', value: 'TAG', text: 'all keys with this tag, instead of NAME' },
  'owned-by': { type: 'string', value: 'WHO', text: 'all keys of this owner, instead of NAME' },
};

/** Flags that take one field away, with what the field is then. */
const clearing: Readonly<Record<string, { readonly text: string; readonly patch: Patch }>> = {
  'no-member': { text: 'no member’s any more', patch: { memberId: null } },
  'no-owner': { text: 'nobody’s any more', patch: { owner: null } },
  'no-tags': { text: 'no tags any more', patch: { tags: [] } },
  'no-note': { text: 'no note any more', patch: { note: null } },
  'any-model': { text: 'no list of allowed models any more', patch: { models: [] } },
  'no-denied-models': { text: 'no list of denied models any more', patch: { deniedModels: [] } },
  'any-service': { text: 'all services again', patch: { services: [] } },
  'any-client': { text: 'any program again', patch: { clients: [] } },
  'from-anywhere': { text: 'any address again', patch: { addresses: [] } },
  'no-expiry': { text: 'works for ever, after its first use too', patch: { expiresAt: null, lifetimeMs: null } },
  'any-account': { text: 'any account again', patch: { accountId: null } },
  'any-group': { text: 'accounts of any group again', patch: { groupId: null } },
  'own-by-place': { text: 'your own from this computer only, as keys begin', patch: { isOwn: null } },
  'no-multiplier': { text: 'pays what its calls cost again', patch: { multiplier: null } },
  'no-plan': { text: 'on no plan any more', patch: { planId: null } },
  'no-max-concurrent': { text: 'any number of calls at once', patch: { maxConcurrent: null } },
};

export const keyUpdate: Command = {
  name: 'key update',
  argument: '[NAME]',
  summary: 'change a key, or many; what is not named stays as it is',
  flags: {
    ...selectionFlags,
    name: { type: 'string', value: 'NEW', text: 'a new name' },
    ...fieldFlags,
    tag: { type: 'string', value: 'TAG', multiple: true, text: 'one more thing it belongs to' },
    untag: { type: 'string', value: 'TAG', multiple: true, text: 'what it does not belong to any more' },
    ...Object.fromEntries(Object.entries(clearing).map(([name, { text }]) => [name, { type: 'boolean', text }])),
  },
  notes: [
    'Lists such as --model take the place of the old list. --expires-after-first-use starts again with the next use.',
    'For limits there is: waystation key limit',
    '  waystation key update --tagged team-a --expires 30d',
  ],
  run: update,
};

export const keyDisable = switching('disable', 'refuse calls with a key, or with many', false);
export const keyEnable = switching('enable', 'take calls with a key again, or with many', true);

function switching(verb: string, summary: string, isEnabled: boolean): Command {
  return {
    name: `key ${verb}`,
    argument: '[NAME]',
    summary,
    flags: selectionFlags,
    run: (call) =>
      withOperations(call, async (operations) => {
        const { keys, isOne } = await selectKeys(call, operations);
        const ids = keys.map(({ id }) => id);
        const updated = ids.length === 0 ? [] : await operations.updateKeys({ ids, isEnabled });
        const [first] = updated;
        const state = isEnabled ? 'enabled' : 'disabled';
        if (isOne && first) return call.print({ json: first, text: () => `${first.name} is ${state}.` });
        return call.print({ json: updated, text: () => `${counted(updated.length, 'key')} ${state}.` });
      }),
  };
}

async function update(call: Invocation): Promise<number> {
  const name = call.flags.text('name');
  return await withOperations(call, async (operations) => {
    const patch = await readPatch(call, operations);
    if (name === undefined && Object.values(patch).every((value) => value === undefined)) {
      throw new UsageError('Say what to change. See: waystation key update --help');
    }
    const { keys, isOne } = await selectKeys(call, operations);
    const [first] = keys;
    if (isOne && first) {
      const key = await operations.updateKey({ id: first.id, name, ...patch });
      const bound = await boundTo(operations, key);
      return call.print({ json: key, text: (page) => keyText(page, key, bound) });
    }
    if (name !== undefined) throw new UsageError('--name is for one key.');
    const ids = keys.map(({ id }) => id);
    const updated = ids.length === 0 ? [] : await operations.updateKeys({ ids, ...patch });
    return call.print({
      json: updated,
      text: (page) => (ids.length === 0 ? 'No key is so.' : keyTable(page, updated)),
    });
  });
}

async function readPatch(call: Invocation, operations: Operations): Promise<Patch> {
  const { flags } = call;
  const { tags: addTags, ...fields } = await readFields(call, operations);
  const untag = flags.list('untag');
  const cleared = Object.entries(clearing).filter(([name]) => flags.has(name));
  return Object.assign(
    {
      ...fields,
      addTags,
      removeTags: untag.length === 0 ? undefined : [...untag],
      maxConcurrent: flags.integer('max-concurrent', { min: 1, max: 10_000 }),
    },
    ...cleared.map(([, { patch }]) => patch),
  );
}

interface Selection {
  readonly keys: readonly Key[];
  readonly isOne: boolean;
}

/** The key that is named, or all that are so. */
export async function selectKeys({ argument, flags }: Invocation, operations: Operations): Promise<Selection> {
  const [tag, owner] = [flags.text('tagged'), flags.text('owned-by')];
  const isSelection = tag !== undefined || owner !== undefined;
  if (isSelection === (argument !== undefined))
    throw new UsageError('Name a key, or say --tagged TAG or --owned-by WHO.');
  if (argument !== undefined) return { keys: [await findKey(operations, argument)], isOne: true };
  return { keys: await operations.listKeys({ tag, owner }), isOne: false };
}
