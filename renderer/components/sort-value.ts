/** What a column is sorted by; undefined where there is nothing to compare. */
export type SortValue = string | number | undefined;

const texts = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** The smaller first; texts as people read them, so that `b2` goes before `b10`. */
export function compareValues(one: SortValue, other: SortValue): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return texts.compare(String(one ?? ''), String(other ?? ''));
}
