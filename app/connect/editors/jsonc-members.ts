import { createScanner, type Node } from 'jsonc-parser';
import type { KeyPath, Segment } from './editor.ts';
import { lineEndingOf, lineStart, replace, type Span, wholeLines } from './text.ts';

export interface NewMember {
  /** From the container on. */
  readonly path: KeyPath;
  readonly value: string;
  /** How deep the container lies. */
  readonly depth: number;
}

/** Adds a member behind the last one, on a line of its own unless the container has only one line. */
export function addMember(text: string, container: Node, { path, value, depth }: NewMember): string {
  const eol = lineEndingOf(text);
  const close = container.offset + container.length - 1;
  const last = container.children?.at(-1);
  const unit = indentUnit(text);
  if (!last) {
    const inside = text.slice(container.offset + 1, close);
    const outer = indentAt(text, container.offset);
    const style = { eol, unit, indent: outer + unit };
    const ending = inside.includes('\n') ? '' : eol + outer;
    return replace(
      text,
      { start: container.offset + 1, end: container.offset + 1 },
      eol + style.indent + member(path, value, style) + ending,
    );
  }
  const lastEnd = last.offset + last.length;
  const comma = commaAfter(text, lastEnd);
  const isOneLine = !text.slice(lastEnd, close).includes('\n');
  if (isOneLine) {
    const added = member(path, value, { eol: '', unit: '', indent: '' });
    if (comma !== undefined) return replace(text, { start: comma + 1, end: comma + 1 }, ` ${added},`);
    return replace(text, { start: lastEnd, end: lastEnd }, `, ${added}`);
  }
  const indent = ownIndent(text, last, depth) ?? unit.repeat(depth + 1);
  const added = member(path, value, { eol, unit, indent }) + (comma === undefined ? '' : ',');
  const start = lineStart(text, close);
  const isCloseAlone = text.slice(start, close).trim() === '';
  const at = isCloseAlone ? start : text.slice(0, close).trimEnd().length;
  const withMember = replace(text, { start: at, end: at }, isCloseAlone ? indent + added + eol : ` ${added}`);
  return comma === undefined ? replace(withMember, { start: lastEnd, end: lastEnd }, ',') : withMember;
}

/** The opposite of adding: takes the comma along that was only there because of it. */
export function cutMember(text: string, container: Node, value: Node): string {
  const members = container.children ?? [];
  const index = members.findIndex((one) => one === value || one === value.parent);
  const node = members[index];
  if (!node) return text;
  const end = node.offset + node.length;
  const comma = commaAfter(text, end);
  const span = { start: node.offset, end: comma === undefined ? end : comma + 1 };
  const before = members[index - 1];
  const isLast = index === members.length - 1;
  const lines = wholeLines(text, span);
  if (lines) return cutWhole(text, { lines, before: isLast && comma === undefined ? before : undefined, container });
  if (!before)
    return replace(text, isLast ? { start: span.start, end } : { ...span, end: skipBlanks(text, span.end) }, '');
  return cutInline(text, { node, before, isLast });
}

interface Line {
  readonly lines: Span;
  /** Whose comma is needed no more. */
  readonly before: Node | undefined;
  readonly container: Node;
}

function cutWhole(text: string, { lines, before, container }: Line): string {
  const isOnly = container.children?.length === 1;
  const open = container.offset + 1;
  const close = container.offset + container.length - 1;
  // A container that was opened for it closes again on one line.
  if (isOnly && text.slice(open, lines.start).trim() === '' && text.slice(lines.end, close).trim() === '') {
    return replace(text, { start: open, end: close }, '');
  }
  const cut = replace(text, lines, '');
  const comma = before && commaAfter(text, before.offset + before.length);
  return comma === undefined ? cut : replace(cut, { start: comma, end: comma + 1 }, '');
}

function cutInline(text: string, { node, before, isLast }: { node: Node; before: Node; isLast: boolean }): string {
  const end = node.offset + node.length;
  const ownComma = commaAfter(text, end);
  const start = text.slice(0, node.offset).trimEnd().length;
  if (ownComma !== undefined) return replace(text, { start, end: ownComma + 1 }, '');
  const cut = replace(text, { start, end }, '');
  const comma = isLast ? commaAfter(text, before.offset + before.length) : undefined;
  return comma === undefined ? cut : replace(cut, { start: comma, end: comma + 1 }, '');
}

interface Style {
  readonly eol: string;
  readonly unit: string;
  readonly indent: string;
}

function member([segment, ...rest]: readonly Segment[], value: string, style: Style): string {
  if (segment === undefined) return JSON.stringify(value);
  if (typeof segment === 'string') return `${JSON.stringify(segment)}: ${content(rest, value, style)}`;
  const [field] = rest;
  return `{ "name": ${JSON.stringify(segment.name)}, ${JSON.stringify(field)}: ${JSON.stringify(value)} }`;
}

function content(path: readonly Segment[], value: string, { eol, unit, indent }: Style): string {
  const [next] = path;
  if (next === undefined) return JSON.stringify(value);
  const [open, close] = typeof next === 'string' ? ['{', '}'] : ['[', ']'];
  const inner = member(path, value, { eol, unit, indent: indent + unit });
  return eol === '' ? `${open} ${inner} ${close}` : `${open}${eol}${indent}${unit}${inner}${eol}${indent}${close}`;
}

/** The offset of the comma that follows a value, comments between or not. */
function commaAfter(text: string, offset: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  scanner.scan();
  return text[scanner.getTokenOffset()] === ',' ? scanner.getTokenOffset() : undefined;
}

function ownIndent(text: string, node: Node, depth: number): string | undefined {
  const before = text.slice(lineStart(text, node.offset), node.offset);
  return before.trim() === '' && (before !== '' || depth === 0) ? before : undefined;
}

function indentAt(text: string, offset: number): string {
  return /^[^\S\r\n]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? '';
}

/** How the text goes one deeper: as its first line that is indented does. */
function indentUnit(text: string): string {
  return /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
}

function skipBlanks(text: string, offset: number): number {
  return offset + (/^[^\S\r\n]*/.exec(text.slice(offset))?.[0].length ?? 0);
}
