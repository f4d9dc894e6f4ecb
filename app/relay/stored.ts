import type { AccountView } from '../accounts/view.ts';
import { member, parseJson, textMember } from '../protocols/json-value.ts';
import { routeFacts } from '../protocols/routes.ts';
import { storedIds } from '../protocols/stored-meters.ts';
import type { Planned } from './call.ts';

export interface EditDeps {
  /** Those of the ids that calls of this key made or named at this account. */
  ownState(keyId: string, accountId: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
}

/** An answer as a client may see it. */
export interface Edited {
  readonly body: Buffer;
  /** What it tells of this key's own things, when it is a list: where the results of its batches are. */
  readonly stateIds?: readonly string[] | undefined;
}

/** Answers about stored things are changed where they would lead past the relay or show another key's things. */
export function isEdited({ route, facts, protocol }: Planned): boolean {
  if (routeFacts[route].isStored !== true || facts.stored === 'content') return false;
  return facts.stored === 'list' || protocol.adjustStoredReply !== undefined;
}

/** Content of files and results of batches are never touched: they may be anything, and large. */
export async function editReply(
  deps: EditDeps,
  call: Planned,
  { view, body }: { readonly view: AccountView; readonly body: Buffer },
): Promise<Edited> {
  if (!isEdited(call)) return { body };
  const adjusted = call.protocol.adjustStoredReply?.(body, call.path) ?? body;
  // Whoever brings the upstream's own credential sees what is theirs.
  if (call.facts.stored !== 'list' || view.forwardsClientCredential) return { body: adjusted };
  return await onlyOwn(deps, adjusted, { keyId: call.keyId, accountId: view.account.id });
}

/**
 * An account is shared by keys, and its upstream knows nothing of them: a list is cut down to what this key made. Its
 * cursors stay, so that the pages still follow each other; a page may come out short.
 */
async function onlyOwn(
  deps: EditDeps,
  body: Buffer,
  { keyId, accountId }: { readonly keyId: string; readonly accountId: string },
): Promise<Edited> {
  const document = parseJson(body.toString());
  const items = member(document, 'data');
  if (!Array.isArray(items) || typeof document !== 'object') return { body: Buffer.from('{"data":[]}') };
  const ids = items.flatMap((item) => textMember(item, 'id') ?? []);
  const own = await deps.ownState(keyId, accountId, ids);
  const kept = items.filter((item) => own.has(textMember(item, 'id') ?? ''));
  return { body: Buffer.from(JSON.stringify({ ...document, data: kept })), stateIds: kept.flatMap(storedIds) };
}
