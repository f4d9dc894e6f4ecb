/** The name itself, or the first with a number behind it that nobody has. */
export function freeName(name: string, taken: readonly string[]): string {
  const used = new Set(taken);
  let candidate = name;
  for (let number = 2; used.has(candidate); number += 1) candidate = `${name} ${number}`;
  return candidate;
}
