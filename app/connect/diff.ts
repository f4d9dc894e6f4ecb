/** A line of a change; `skipped` stands for lines that are the same on both sides. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed' | 'skipped';
  readonly text: string;
}

const context = 2;
/** Of both sides multiplied; beyond it the changed part is shown as replaced. */
const mostCells = 4_000_000;
export const mask = '••••••••';

/** What changes, line by line, with two lines around it. Values that look like secrets are masked. */
export function diffOf(before: string, after: string, secrets: readonly string[]): readonly DiffLine[] {
  const hide = (text: string) => hideSecrets(text, secrets);
  return shorten(compare(linesOf(before), linesOf(after))).map(({ kind, text }) => ({ kind, text: hide(text) }));
}

function linesOf(text: string): readonly string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function compare(before: readonly string[], after: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const room = Math.min(before.length, after.length) - start;
  while (end < room && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const same = (lines: readonly string[]) => lines.map((text): DiffLine => ({ kind: 'same', text }));
  return [
    ...same(before.slice(0, start)),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(end === 0 ? [] : before.slice(-end)),
  ];
}

/** By the longest common subsequence. */
function middle(before: readonly string[], after: readonly string[]): DiffLine[] {
  if (before.length * after.length > mostCells) {
    return [
      ...before.map((text): DiffLine => ({ kind: 'removed', text })),
      ...after.map((text): DiffLine => ({ kind: 'added', text })),
    ];
  }
  const lengths = commonLengths(before, after);
  const found: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old, fresh] = [before[row], after[column]];
    if (old !== undefined && old === fresh) {
      found.push({ kind: 'same', text: old });
      row += 1;
      column += 1;
    } else if (
      old !== undefined &&
      (fresh === undefined || (lengths[row + 1]?.[column] ?? 0) >= (lengths[row]?.[column + 1] ?? 0))
    ) {
      found.push({ kind: 'removed', text: old });
      row += 1;
    } else {
      found.push({ kind: 'added', text: fresh ?? '' });
      column += 1;
    }
  }
  return found;
}

function commonLengths(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const isSame = before[row] === after[column];
      const [below, beside, across] = [
        lengths[row + 1]?.[column] ?? 0,
        lengths[row]?.[column + 1] ?? 0,
        lengths[row + 1]?.[column + 1] ?? 0,
      ];
      const own = lengths[row];
      if (own) own[column] = isSame ? across + 1 : Math.max(below, beside);
    }
  }
  return lengths;
}

function shorten(lines: readonly DiffLine[]): DiffLine[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some(({ kind }) => kind !== 'same'),
  );
  return lines.flatMap((line, index): DiffLine[] => {
    if (isNear[index]) return [line];
    return index === 0 || isNear[index - 1] ? [{ kind: 'skipped', text: '' }] : [];
  });
}

/** Of keys that tell by their name that a secret stands behind them. */
const secretive =
  /((?:key|token|secret|password|passwd|auth|credential)\w*["'\]]?(?:,\s*"value")?\s*[:=]\s*["']?)([^"'\s,{}[\]]{6,})/gi;

function hideSecrets(text: string, secrets: readonly string[]): string {
  const hidden = secrets.filter((one) => one.length > 3).reduce((kept, secret) => kept.replaceAll(secret, mask), text);
  return hidden.replace(secretive, (whole, start: string, value: string) =>
    value === mask || /^https?:/.test(value) ? whole : start + mask,
  );
}
