/** The line ending that a text uses, or the system's usual one. */
export function lineEndingOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

export function replace(text: string, { start, end }: Span, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** After the line's own ending; the end of the text when it has none. */
export function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}

/** The whole lines of a span when nothing else stands on them. */
export function wholeLines(text: string, { start, end }: Span): Span | undefined {
  const from = lineStart(text, start);
  const to = nextLine(text, end);
  const isAlone = text.slice(from, start).trim() === '' && text.slice(end, to).trim() === '';
  return isAlone ? { start: from, end: to } : undefined;
}

/** Cuts whole lines. At the end of a text without a last line ending, the one before goes with them. */
export function cutLines(text: string, { start, end }: Span): string {
  if (end < text.length || text.endsWith('\n')) return replace(text, { start, end }, '');
  return text.slice(0, start).replace(/\r?\n$/, '');
}

/** Adds lines at the end, in the text's own manner: with a last line ending only where it had one. */
export function appendLines(text: string, lines: readonly string[]): string {
  const eol = lineEndingOf(text);
  const added = lines.join(eol);
  if (text === '') return `${added}${eol}`;
  return text.endsWith('\n') ? `${text}${added}${eol}` : `${text}${eol}${added}`;
}
