export interface GivenKey {
  readonly name: string;
  readonly secret: string;
}

/** A secret in each line, or a name, a comma and a secret; lines that begin with # are left out. */
export function readKeyLines(text: string, base: string): GivenKey[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !/^name\s*,\s*(secret|key)$/i.test(line))
    .map((line, index) => {
      const comma = line.lastIndexOf(',');
      const name = unquoted(line.slice(0, Math.max(comma, 0)));
      return { name: name || `${base}-${index + 1}`, secret: unquoted(line.slice(comma + 1)) };
    });
}

function unquoted(cell: string): string {
  return cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replaceAll('""', '"');
}
