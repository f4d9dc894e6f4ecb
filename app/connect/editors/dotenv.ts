import { type Editor, type KeyPath, Malformed } from './editor.ts';
import { appendLines, cutLines, replace, type Span, wholeLines } from './text.ts';

/** As the tools' own readers take it: `export` before, quotes over several lines, a comment behind. */
const assignment =
  /^[^\S\r\n]*(?:export\s+)?([\w.-]+)[^\S\r\n]*=[^\S\r\n]*('(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`|[^#\r\n]+)?/gm;

interface Assignment {
  readonly name: string;
  readonly whole: Span;
  readonly value: Span;
}

/** Variables, one to a line. The last one of a name counts. */
export const dotenv: Editor = {
  read(text, path) {
    const found = find(text, path);
    return found && plain(text.slice(found.value.start, found.value.end));
  },
  set(text, path, value) {
    const found = find(text, path);
    if (!found)
      return { text: appendLines(text, [`${variable(path)}=${value}`]), previous: { kind: 'absent', depth: 0 } };
    const before = text.slice(found.value.start, found.value.end);
    return { text: replace(text, found.value, value), previous: { kind: 'value', text: before } };
  },
  undo(text, path, previous) {
    const found = find(text, path);
    if (!found) return text;
    if (previous.kind === 'value') return replace(text, found.value, previous.text);
    const lines = wholeLines(text, found.whole);
    return lines ? cutLines(text, lines) : replace(text, found.whole, '');
  },
  rest(text, paths) {
    const ours = new Set(paths.map(variable));
    return assignments(text)
      .filter(({ name }) => !ours.has(name))
      .map(({ name, value }) => [name, text.slice(value.start, value.end)]);
  },
};

function find(text: string, path: KeyPath): Assignment | undefined {
  return assignments(text).findLast(({ name }) => name === variable(path));
}

function assignments(text: string): readonly Assignment[] {
  return [...text.matchAll(assignment)].map((match) => {
    const raw = match[2] ?? '';
    const end = match.index + match[0].length;
    // A bare value ends before the blanks that follow it.
    const trailing = raw.length - raw.trimEnd().length;
    const value = { start: end - raw.length, end: end - trailing };
    return { name: match[1] ?? '', whole: { start: match.index, end: value.end }, value };
  });
}

function plain(raw: string): string {
  return /^(['"`]).*\1$/s.test(raw) ? raw.slice(1, -1) : raw;
}

function variable(path: KeyPath): string {
  const [name] = path;
  if (path.length === 1 && typeof name === 'string') return name;
  throw new Malformed('A file of variables has no keys within keys', '', 0);
}
