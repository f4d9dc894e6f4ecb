import { member } from '../json-value.ts';
import { candidateOf } from './chunk.ts';

/** Searches that Google made for an answer; undefined while it tells of none. */
export interface Searches {
  readonly web: number | undefined;
  readonly maps: number | undefined;
}

/** Web searches are charged by the query; what was found on maps tells only that there was a search. */
export function searchesOf(answer: unknown): Searches {
  const grounding = member(candidateOf(answer), 'groundingMetadata');
  return { web: lengthOf(member(grounding, 'webSearchQueries')), maps: hasMaps(grounding) ? 1 : undefined };
}

function hasMaps(grounding: unknown): boolean {
  const chunks = member(grounding, 'groundingChunks');
  return Array.isArray(chunks) && chunks.some((chunk) => member(chunk, 'maps') !== undefined);
}

function lengthOf(list: unknown): number | undefined {
  return Array.isArray(list) && list.length > 0 ? list.length : undefined;
}
