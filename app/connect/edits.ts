import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Editor, type KeyPath, Malformed, nameOf, type Previous } from './editors/editor.ts';
import { editors } from './editors/editors.ts';
import { ConnectRefused } from './refusal.ts';
import type { Format, Link, ToolFile } from './tool.ts';

/** A key of ours in a file, and how to take it back. What we wrote is kept as a digest: it may be a secret. */
export interface WrittenKey {
  readonly path: KeyPath;
  readonly digest: string;
  readonly previous: Previous;
}

export interface Edited {
  readonly text: string;
  readonly keys: readonly WrittenKey[];
}

const byteOrderMark = '\ufeff';

/** A file's text with our keys in it, and everything else as it was. Throws `ConnectRefused`. */
export function writeKeys(text: string, { file, format, keys }: ToolFile, link: Link): Edited {
  const editor = editors[format];
  return guarded(file, () => {
    const { mark, body } = split(text);
    let changed = body;
    const written = keys.map(({ path, value }) => {
      const wanted = value(link);
      const { text: next, previous } = editor.set(changed, path, wanted);
      changed = next;
      return { path, digest: digestOf(wanted), previous };
    });
    const paths = keys.map(({ path }) => path);
    const isExact =
      keys.every(({ path, value }) => editor.read(changed, path) === value(link)) &&
      isDeepStrictEqual(editor.rest(changed, paths), editor.rest(body, paths));
    if (!isExact) throw new Malformed('A key has no place in it that would leave the rest as it is', body, 0);
    return { text: mark + changed, keys: written };
  });
}

export interface TakenBack {
  readonly text: string;
  /** Keys that somebody else changed, and that stay so. */
  readonly kept: readonly string[];
}

/** Takes back those keys whose value is still ours, the last one first. Throws `ConnectRefused`. */
export function takeBack(
  text: string,
  file: { readonly file: string; readonly format: Format },
  keys: readonly WrittenKey[],
): TakenBack {
  const editor = editors[file.format];
  return guarded(file.file, () => {
    const { mark, body } = split(text);
    const kept: string[] = [];
    let changed = body;
    for (const { path, digest, previous } of keys.toReversed()) {
      if (isOurs(editor, changed, { path, digest })) changed = editor.undo(changed, path, previous);
      else if (editor.read(changed, path) !== undefined) kept.unshift(nameOf(path));
    }
    return { text: mark + changed, kept };
  });
}

/** Keys whose value is not what we wrote any more; undefined when the file cannot be read as what it is. */
export function driftOf(text: string, format: Format, keys: readonly WrittenKey[]): readonly string[] | undefined {
  const { body } = split(text);
  try {
    return keys.filter((key) => !isOurs(editors[format], body, key)).map(({ path }) => nameOf(path));
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** What a key says now; undefined when it says nothing, or the file is no such file. */
export function readKey(text: string, format: Format, path: KeyPath): string | undefined {
  try {
    return editors[format].read(split(text).body, path);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

export function digestOf(value: string | Buffer): string {
  return hash('sha256', value);
}

function isOurs(editor: Editor, body: string, { path, digest }: Pick<WrittenKey, 'path' | 'digest'>): boolean {
  const value = editor.read(body, path);
  return value !== undefined && digestOf(value) === digest;
}

function split(text: string): { readonly mark: string; readonly body: string } {
  return text.startsWith(byteOrderMark) ? { mark: byteOrderMark, body: text.slice(1) } : { mark: '', body: text };
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const where = `${file}, line ${error.line}, column ${error.column}`;
    throw new ConnectRefused(
      'conflict',
      `${where}: ${error.message}. Nothing was written. Mend the file, then try again.`,
    );
  }
}
