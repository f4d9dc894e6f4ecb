import { type AST, getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser';
import { type Editor, type KeyPath, Malformed } from './editor.ts';
import { cutLines, lineEndingOf, lineStart, nextLine, replace, type Span, wholeLines } from './text.ts';

/** TOML: keys before the first table, and keys of tables, which are added at the end. */
export const toml: Editor = {
  read(text, path) {
    const value = find(text, path)?.value;
    if (!value) return undefined;
    return value.type === 'TOMLValue' && value.kind === 'string' ? value.value : text.slice(...value.range);
  },
  set(text, path, value) {
    const found = find(text, path);
    const written = JSON.stringify(value);
    if (found) {
      const [start, end] = found.value.range;
      return {
        text: replace(text, { start, end }, written),
        previous: { kind: 'value', text: text.slice(start, end) },
      };
    }
    return add(text, names(path), written);
  },
  undo(text, path, previous) {
    const found = find(text, path);
    if (!found) return text;
    const [start, end] = found.value.range;
    if (previous.kind === 'value') return replace(text, { start, end }, previous.text);
    const span = { start: found.range[0], end: found.range[1] };
    const lines = wholeLines(text, span);
    const changed = lines ? cutLines(text, lines) : replace(text, span, '');
    return previous.depth < path.length - 1 ? removeTable(changed, names(path).slice(0, -1)) : changed;
  },
  rest: (text, paths) => without(getStaticTOMLValue(parsed(text)), paths.map(names)),
};

function add(text: string, path: readonly string[], written: string) {
  const eol = lineEndingOf(text);
  const table = path.slice(0, -1);
  const line = `${path.at(-1)} = ${written}`;
  const home = table.length === 0 ? undefined : tableOf(text, table);
  if (table.length > 0 && !home) {
    const header = `[${table.join('.')}]`;
    const isLast = text === '' || text.endsWith('\n');
    const blank = text === '' ? '' : eol;
    const added = isLast ? `${blank}${header}${eol}${line}${eol}` : `${eol}${blank}${header}${eol}${line}`;
    return { text: text + added, previous: { kind: 'absent', depth: 0 } as const };
  }
  const previous = { kind: 'absent', depth: path.length - 1 } as const;
  const at = home ? endOf(home) : topEnd(text);
  return { text: insertLine(text, at, line), previous };
}

/** Below the line that ends at an offset; above everything without one. */
function insertLine(text: string, after: number | undefined, line: string): string {
  const eol = lineEndingOf(text);
  if (after === undefined) return `${line}${eol}${text}`;
  const at = nextLine(text, after);
  const isOpenEnd = at === text.length && !text.endsWith('\n');
  return replace(text, { start: at, end: at }, isOpenEnd ? `${eol}${line}` : `${line}${eol}`);
}

function endOf({ body, key }: AST.TOMLTable): number {
  return body.at(-1)?.range[1] ?? key.range[1];
}

/** After the last key that is in no table. */
function topEnd(text: string): number | undefined {
  const [top] = parsed(text).body;
  return top.body.findLast((one) => one.type === 'TOMLKeyValue')?.range[1];
}

/** A table without keys, and without a word in it, goes with the blank line before it. */
function removeTable(text: string, path: readonly string[]): string {
  const table = tableOf(text, path);
  if (!table || table.body.length > 0) return text;
  const start = lineStart(text, table.range[0]);
  const end = nextLine(text, table.key.range[1]);
  const own = text.slice(table.key.range[1] + 1, end).trim();
  return own === '' ? cutLines(text, withBlankBefore(text, { start, end })) : text;
}

function withBlankBefore(text: string, { start, end }: Span): Span {
  const before = lineStart(text, Math.max(0, start - 1));
  const isBlank = start > 0 && text.slice(before, start).trim() === '';
  return { start: isBlank ? before : start, end };
}

function tableOf(text: string, path: readonly string[]): AST.TOMLTable | undefined {
  const [top] = parsed(text).body;
  return top.body.find((one): one is AST.TOMLTable => one.type === 'TOMLTable' && isSame(one.resolvedKey, path));
}

/** Wherever it stands: in a table, with dots, or in a table on one line. */
function find(text: string, path: KeyPath): AST.TOMLKeyValue | undefined {
  const wanted = names(path);
  const [top] = parsed(text).body;
  return top.body
    .map((one) => (one.type === 'TOMLTable' ? inBody(one.body, one.resolvedKey, wanted) : inBody([one], [], wanted)))
    .find((one) => one !== undefined);
}

type Names = readonly (string | number)[];

function inBody(
  body: readonly AST.TOMLKeyValue[],
  above: Names,
  wanted: readonly string[],
): AST.TOMLKeyValue | undefined {
  for (const pair of body) {
    const full = [...above, ...pair.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))];
    if (isSame(full, wanted)) return pair;
    const within = pair.value.type === 'TOMLInlineTable' ? inBody(pair.value.body, full, wanted) : undefined;
    if (within) return within;
  }
  return undefined;
}

function isSame(one: Names, other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

function parsed(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: '1.1' });
  } catch (error) {
    if (error instanceof ParseError) throw new Malformed(error.message, text, error.index);
    throw error;
  }
}

function names(path: KeyPath): readonly string[] {
  return path.map((segment) => (typeof segment === 'string' ? segment : segment.name));
}

function without(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) return value;
  const entries = Object.entries(value).flatMap(([name, one]) => {
    const below = paths.filter(([first]) => first === name).map((path) => path.slice(1));
    if (below.some((path) => path.length === 0)) return [];
    const kept = without(one, below);
    const isBare = below.length > 0 && typeof kept === 'object' && kept !== null && Object.keys(kept).length === 0;
    return isBare ? [] : [[name, kept]];
  });
  return Object.fromEntries(entries);
}
