import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type Absent, type Editor, type KeyPath, Malformed, nameOf, type Segment } from './editor.ts';
import { addMember, cutMember } from './jsonc-members.ts';
import { lineEndingOf, replace } from './text.ts';

/** JSON as editors keep it: with comments and trailing commas. */
export const jsonc: Editor = {
  read(text, path) {
    if (text.trim() === '') return undefined;
    const node = walk(parsed(text), path)[path.length];
    if (!node) return undefined;
    return typeof node.value === 'string' ? node.value : text.slice(node.offset, node.offset + node.length);
  },
  set(text, path, value) {
    const filled = text.trim() === '' ? `${text}{}${lineEndingOf(text)}` : text;
    const found = walk(parsed(filled), path);
    const depth = found.length - 1;
    const node = found[depth] ?? parsed(filled);
    if (depth === path.length) {
      const span = { start: node.offset, end: node.offset + node.length };
      const previous = { kind: 'value', text: filled.slice(span.start, span.end) } as const;
      return { text: replace(filled, span, JSON.stringify(value)), previous };
    }
    checkContainer(filled, node, path.slice(0, depth + 1));
    const inside = node.children?.length === 0 ? insideOf(filled, node) : undefined;
    const previous = { kind: 'absent', depth, inside } as const;
    return { text: addMember(filled, node, { path: path.slice(depth), value, depth }), previous };
  },
  undo(text, path, previous) {
    if (text.trim() === '') return text;
    const node = walk(parsed(text), path)[path.length];
    if (!node) return text;
    if (previous.kind === 'absent') return remove(text, path, previous);
    return replace(text, { start: node.offset, end: node.offset + node.length }, previous.text);
  },
  rest(text, paths) {
    return text.trim() === '' ? {} : without(getNodeValue(parsed(text)), paths);
  },
};

/** The innermost that is all ours goes, then whatever is empty because of it and was made by us. */
function remove(text: string, path: KeyPath, { depth, inside }: Absent): string {
  const last = path.at(-2);
  // An element with nothing but its name and our value goes as a whole.
  const isElement = typeof last === 'object' && depth <= path.length - 2;
  const inner = isElement ? path.slice(0, -1) : path;
  let changed = cutAt(text, inner);
  for (let length = inner.length - 1; length > depth; length -= 1) {
    const node = walk(parsed(changed), path.slice(0, length))[length];
    if (!node || insideOf(changed, node).trim() !== '') return changed;
    changed = cutAt(changed, path.slice(0, length));
  }
  return inside === undefined ? changed : refill(changed, path.slice(0, depth), inside);
}

/** An empty container looks again as it did, when nobody put anything into it. */
function refill(text: string, path: KeyPath, inside: string): string {
  const node = walk(parsed(text), path)[path.length];
  if (node?.children?.length !== 0 || insideOf(text, node).trim() !== inside.trim()) return text;
  return replace(text, { start: node.offset + 1, end: node.offset + node.length - 1 }, inside);
}

function cutAt(text: string, path: KeyPath): string {
  const found = walk(parsed(text), path);
  const member = found[path.length];
  const container = found[path.length - 1];
  return member && container ? cutMember(text, container, member) : text;
}

function insideOf(text: string, { offset, length }: Node): string {
  return text.slice(offset + 1, offset + length - 1);
}

/** The nodes on the way, the root first, as far as it goes. */
function walk(root: Node, path: KeyPath): readonly Node[] {
  const found = [root];
  for (const segment of path) {
    const next = memberOf(found.at(-1), segment);
    if (!next) break;
    found.push(next);
  }
  return found;
}

function memberOf(node: Node | undefined, segment: Segment): Node | undefined {
  if (typeof segment === 'string') {
    // Of two with one name the last counts.
    const property =
      node?.type === 'object' ? node.children?.findLast((one) => one.children?.[0]?.value === segment) : undefined;
    return property?.children?.[1];
  }
  if (node?.type !== 'array') return undefined;
  return node.children?.findLast((one) => memberOf(one, 'name')?.value === segment.name);
}

function checkContainer(text: string, node: Node, path: KeyPath): void {
  const wanted = typeof path.at(-1) === 'string' ? 'object' : 'array';
  if (node.type === wanted) return;
  const place = path.length === 1 ? 'The file' : nameOf(path.slice(0, -1));
  throw new Malformed(`${place} is no ${wanted === 'object' ? 'object' : 'list'}`, text, node.offset);
}

function parsed(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  const [first] = errors;
  if (first) throw new Malformed(sentence(printParseErrorCode(first.error)), text, first.offset);
  if (!root) throw new Malformed('The file holds no object', text, 0);
  return root;
}

/** `PropertyNameExpected` reads as “property name expected”. */
function sentence(code: string): string {
  return code.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function without(value: unknown, paths: readonly KeyPath[]): unknown {
  const isOurs = paths.some((path) => path.length === 0);
  if (isOurs) return undefined;
  if (Array.isArray(value)) {
    const kept = value.map((one) =>
      without(
        one,
        inner(paths, (segment) => typeof segment === 'object' && segment.name === nameIn(one)),
      ),
    );
    return kept.filter((one) => one !== undefined && !isOnlyNamed(one, paths));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, one]) => {
    const below = inner(paths, (segment) => segment === name);
    const kept = without(one, below);
    // What is empty without our keys may be there because of them.
    return kept === undefined || (below.length > 0 && isBare(kept)) ? [] : [[name, kept]];
  });
  return Object.fromEntries(entries);
}

function inner(paths: readonly KeyPath[], isNext: (segment: Segment) => boolean): readonly KeyPath[] {
  return paths.filter(([first]) => first !== undefined && isNext(first)).map((path) => path.slice(1));
}

function isBare(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function isOnlyNamed(value: unknown, paths: readonly KeyPath[]): boolean {
  const name = nameIn(value);
  const isNamed = paths.some(([segment]) => typeof segment === 'object' && segment.name === name);
  return isNamed && typeof value === 'object' && value !== null && Object.keys(value).length === 1;
}

function nameIn(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined;
}
