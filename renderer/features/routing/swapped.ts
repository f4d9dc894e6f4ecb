/** The list with one entry a place further; undefined when there is no way to go. */
export function swapped(ids: readonly string[], id: string, by: 1 | -1): readonly string[] | undefined {
  const at = ids.indexOf(id);
  const other = ids[at + by];
  if (at < 0 || other === undefined) return undefined;
  return ids.map((one, index) => (index === at ? other : index === at + by ? id : one));
}
