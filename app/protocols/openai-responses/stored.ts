import type { RequestFacts } from '../../domain/facts.ts';
import { member } from '../json-value.ts';
import type { UsageMeter } from '../protocol.ts';
import { isName } from '../read-facts.ts';
import { itemFacts } from '../stored-facts.ts';
import { StoredMeter } from '../stored-meters.ts';

const conversationPath = /^\/v1\/conversations(?:\/([^/?]+)(?:\/items(?:\/[^/?]+)?)?)?(?:\?|$)/;

/** Facts of a request about conversations; undefined for every other path. */
export function readStoredFacts(path: string, method = ''): RequestFacts | undefined {
  const [found, id] = conversationPath.exec(path) ?? [];
  return found === undefined ? undefined : itemFacts(id, method);
}

export function createStoredMeter(path: string): UsageMeter | undefined {
  return conversationPath.test(path) ? new StoredMeter() : undefined;
}

/** The items of a response are stored with it: a later request may stand them in by their ids. */
export function readItemIds(response: unknown): readonly string[] {
  const output = member(response, 'output');
  return Array.isArray(output) ? output.map((item) => member(item, 'id')).filter(isName) : [];
}
