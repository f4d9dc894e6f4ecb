/** Clients name models as they like. */
const maxKnown = 1_000;
const known = new Map<string, string>();

/**
 * The family a model belongs to, without its version and date: `claude-sonnet` of `claude-sonnet-4-5-20250929`. Prompt
 * caches and some limits are of a family.
 */
export function modelFamily(model: string): string {
  const found = known.get(model);
  if (found !== undefined) return found;
  const words = model
    .toLowerCase()
    .replace(/^.*\//, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !/\d/.test(word));
  const family = words.join('-') || model.toLowerCase();
  if (known.size >= maxKnown) known.clear();
  known.set(model, family);
  return family;
}
