import { hash } from 'node:crypto';
import type { RequestFacts } from '../domain/facts.ts';

/** Facts of a request about what an upstream stores: it names no model, and a key's requests belong together. */
export function storedFacts(
  stored: NonNullable<RequestFacts['stored']>,
  more: Omit<Partial<RequestFacts>, 'stored' | 'contentHash'> = {},
): RequestFacts {
  return {
    model: '',
    isStream: false,
    isThinking: false,
    ...more,
    stored,
    contentHash: () => hash('sha256', 'what an upstream stores'),
  };
}

/** A path's id, a new thing, or the list of all. */
export function itemFacts(id: string | undefined, method: string, isContent = false): RequestFacts {
  if (id !== undefined) return storedFacts(isContent ? 'content' : 'item', { serverState: [id], needsHolder: true });
  return storedFacts(method === 'GET' ? 'list' : 'new');
}
