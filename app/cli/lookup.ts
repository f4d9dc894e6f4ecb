import type { Operations, Output } from '../server/admin/contract.ts';
import { AdminError } from '../server/admin/errors.ts';
import { nearest } from './suggest.ts';

/** Accounts and keys go by their name, or by their id when two share one. */
export async function findAccount(operations: Operations, wanted: string): Promise<Output<'showAccount'>> {
  return pick('account', wanted, await operations.listAccounts({}));
}

export async function findKey(operations: Operations, wanted: string): Promise<Output<'listKeys'>[number]> {
  return pick('key', wanted, await operations.listKeys({}));
}

/** One that was removed and can be restored. */
export async function findTrashedKey(operations: Operations, wanted: string): Promise<Output<'listKeys'>[number]> {
  return pick('key', wanted, await operations.listKeys({ place: 'trash' }));
}

/** Also in the trash, where no key in use is called so. */
export async function findAnyKey(operations: Operations, wanted: string): Promise<Output<'listKeys'>[number]> {
  const inUse = await operations.listKeys({});
  const isInUse = inUse.some(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase());
  const trash = isInUse ? [] : await operations.listKeys({ place: 'trash' });
  return pick('key', wanted, [...inUse, ...trash]);
}

export async function findGroup(operations: Operations, wanted: string): Promise<Output<'createGroup'>> {
  return pick('group', wanted, await operations.listGroups({}));
}

export async function findPlan(operations: Operations, wanted: string): Promise<Output<'showPlan'>> {
  return pick('plan', wanted, await operations.listPlans({}));
}

export async function findMember(operations: Operations, wanted: string): Promise<Output<'showMember'>> {
  return pick('member', wanted, await operations.listMembers({}));
}

export async function findWebhook(operations: Operations, wanted: string): Promise<Output<'createWebhook'>> {
  return pick('webhook', wanted, await operations.listWebhooks({}));
}

function pick<Item extends { readonly id: string; readonly name: string }>(
  noun: string,
  wanted: string,
  items: readonly Item[],
): Item {
  const byId = items.find(({ id }) => id === wanted);
  if (byId) return byId;
  const named = items.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  const [first] = named;
  if (first && named.length === 1) return first;
  if (first) {
    const ids = named.map(({ id }) => id).join(', ');
    throw new AdminError('conflict', `${named.length} ${noun}s have this name. Give the id instead: ${ids}`);
  }
  const meant = nearest(
    wanted,
    items.map(({ name }) => name),
  );
  const hint = meant === undefined ? `See which there are with: waystation ${noun} list` : `Did you mean: ${meant}?`;
  throw new AdminError('not-found', `There is no ${noun} with this name or id. ${hint}`);
}
