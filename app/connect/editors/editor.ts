/** A member of an array is found by its `name`, as VS Code's list of variables has it. */
export type Segment = string | { readonly name: string };
export type KeyPath = readonly Segment[];

/** What was at a key before it was ours. */
export type Previous =
  /** The value as it was written, quotes and all. */
  { readonly kind: 'value'; readonly text: string } | Absent;

/** Nothing; containers from this depth of the path on are ours too. */
export interface Absent {
  readonly kind: 'absent';
  readonly depth: number;
  /** What stood between the brackets of a container without members. */
  readonly inside?: string | undefined;
}

export interface Changed {
  readonly text: string;
  readonly previous: Previous;
}

/** Changes one key of a text and keeps every other character. All throw `Malformed`. */
export interface Editor {
  /** Undefined when it is not there; a value that is no text comes as it is written. */
  read(text: string, path: KeyPath): string | undefined;
  set(text: string, path: KeyPath, value: string): Changed;
  /** Puts back what was there. A key that is gone stays gone. */
  undo(text: string, path: KeyPath, previous: Previous): string;
  /** Everything the text says without these keys, to compare. */
  rest(text: string, paths: readonly KeyPath[]): unknown;
}

/** A text that is not what its name says, or where a key has no place. */
export class Malformed extends Error {
  readonly line: number;
  readonly column: number;

  constructor(reason: string, text: string, offset: number) {
    super(reason);
    this.name = 'Malformed';
    const before = text.slice(0, offset);
    this.line = before.split('\n').length;
    this.column = offset - before.lastIndexOf('\n');
  }
}

export function nameOf(path: KeyPath): string {
  return path.map((segment) => (typeof segment === 'string' ? segment : `[${segment.name}]`)).join('.');
}

export function isSamePath(one: KeyPath, other: KeyPath): boolean {
  return nameOf(one) === nameOf(other);
}
