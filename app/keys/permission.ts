import { bareModel, spellings } from '../domain/model-names.ts';
import { matchesPattern } from '../domain/patterns.ts';
import type { ApiKey } from './key.ts';

/** Whether a key's list covers a model in any of its spellings. An empty list covers everything. */
export function coversModel({ models }: Pick<ApiKey, 'models'>, model: string): boolean {
  if (models.length === 0) return true;
  return spellings(model).some((name) => models.some((pattern) => matchesPattern(pattern, name)));
}

type ModelRules = Pick<ApiKey, 'models' | 'deniedModels'>;

/** Whether there is any model that a key may not use. */
export function restrictsModels({ models, deniedModels }: ModelRules): boolean {
  return models.length > 0 || deniedModels.length > 0;
}

/** Whether a key may use a model: its list covers it, and nothing that is denied could be meant by it. */
export function mayUse(key: ModelRules, model: string): boolean {
  return coversModel(key, model) && !isDenied(key.deniedModels, model);
}

/** An ARN of somebody's own profile or deployment says nothing of the model behind it. */
const opaque = /^arn:/i;

/**
 * Whether a name may lead to a model that is denied. When in doubt it does: who denies one snapshot denies the name without
 * a date too, which the upstream may take for that one, and who denies any does not get names that hide their model.
 */
function isDenied(denied: readonly string[], model: string): boolean {
  if (denied.length === 0) return false;
  const names = spellings(model);
  const plain = names.at(-1) ?? model;
  if (opaque.test(plain)) return true;
  const bare = bareModel(model.toLowerCase());
  return denied.some((pattern) => {
    // A date after a wildcard is all that such a pattern says: without it, it would deny everything.
    const wanted = pattern.includes('*') ? [bareModel(pattern)] : spellings(pattern);
    return wanted.some((one) => matchesPattern(one, bare)) || names.some((name) => matchesPattern(pattern, name));
  });
}
