import { spellings } from '../domain/model-names.ts';
import { matchesPattern } from '../domain/patterns.ts';
import type { ApiKey } from './key.ts';

/** Whether a key's list covers a model in any of its spellings. An empty list covers everything. */
export function coversModel({ models }: Pick<ApiKey, 'models'>, model: string): boolean {
  if (models.length === 0) return true;
  return spellings(model).some((name) => models.some((pattern) => matchesPattern(pattern, name)));
}
