import { StateDamaged } from './state.ts';

/** The embedded engine never complains about a key of the wrong type: replies are checked here, for both engines. */
export function asCount(reply: unknown): number {
  if (typeof reply === 'number' && Number.isSafeInteger(reply)) return reply;
  throw unexpected('a whole number', reply);
}

/** A string key that counts; absent is 0. */
export function asStoredCount(reply: unknown): number {
  return reply === null ? 0 : asCount(typeof reply === 'string' ? Number(reply) : reply);
}

/** A hash of counts, by field; absent is empty. */
export function asCounts(reply: unknown): readonly (readonly [field: number, count: number])[] {
  if (typeof reply !== 'object' || reply === null) throw unexpected('a hash', reply);
  return Object.entries(reply).map(([field, count]) => [asStoredCount(field), asStoredCount(count)]);
}

export function asText(reply: unknown): string | undefined {
  if (reply === null) return undefined;
  if (typeof reply === 'string') return reply;
  throw unexpected('text', reply);
}

function unexpected(wanted: string, reply: unknown): Error {
  return new StateDamaged(`The live state holds a ${typeof reply} where ${wanted} belongs`);
}
