import type { Operations } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import type { Key } from './key-fields.ts';
import { selectionFlags, selectKeys } from './key-update.ts';
import { findAnyKey } from './lookup.ts';
import { counted } from './numbers.ts';
import { confirmRemoval, removalFlags } from './removal.ts';

export const keyRemove: Command = {
  name: 'key remove',
  argument: '[NAME]',
  summary: 'refuse calls with a key, or with many, and put it in the trash; past usage stays',
  flags: {
    ...selectionFlags,
    ...removalFlags,
    'for-good': { type: 'boolean', text: 'do not keep it in the trash, or take it out of it' },
  },
  run: (call) =>
    withOperations(call, async (operations) => {
      if (call.flags.has('for-good') && call.argument !== undefined && !isSelection(call))
        return await removeOne(call, operations, await findAnyKey(operations, call.argument));
      const { keys, isOne } = await selectKeys(call, operations);
      const [first] = keys;
      return isOne && first ? await removeOne(call, operations, first) : await removeMany(call, operations, keys);
    }),
};

async function removeOne(call: Invocation, operations: Operations, { id, name }: Key): Promise<number> {
  const forGood = call.flags.has('for-good');
  await confirmRemoval(call, forGood ? `Remove the key ${name} for good?` : `Remove the key ${name}?`);
  const removed = await operations.removeKey({ id, ...(forGood && { forGood }) });
  const back = forGood ? '' : ` It can come back: waystation key restore ${id}`;
  return call.print({ json: removed, text: () => `${name} is removed. Its past usage stays.${back}` });
}

/** What goes for good may be in the trash already. */
async function removeMany(call: Invocation, operations: Operations, inUse: readonly Key[]): Promise<number> {
  const { flags } = call;
  const forGood = flags.has('for-good');
  const [tag, owner] = [flags.text('tagged'), flags.text('owned-by')];
  const keys = forGood ? [...inUse, ...(await operations.listKeys({ tag, owner, place: 'trash' }))] : inUse;
  if (keys.length === 0) return call.print({ json: [], text: () => 'No key is so.' });
  const names = keys.map(({ name }) => name);
  const some = names.length > shown ? `${names.slice(0, shown).join(', ')} …` : names.join(', ');
  const what = `${counted(keys.length, 'key')} (${some})`;
  await confirmRemoval(call, forGood ? `Remove ${what} for good?` : `Remove ${what}?`);
  const ids = keys.map(({ id }) => id);
  const { removed } = await operations.removeKeys({ ids, ...(forGood && { forGood }) });
  const back = forGood ? '' : ' See them with: waystation key list --trash';
  return call.print({
    json: removed,
    text: () => `${counted(removed.length, 'key')} removed. Past usage stays.${back}`,
  });
}

const shown = 5;

function isSelection({ flags }: Invocation): boolean {
  return flags.has('tagged') || flags.has('owned-by');
}
