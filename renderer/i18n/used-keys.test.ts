import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { en } from './en.ts';

type Texts = { readonly [name: string]: string | Texts };

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !/\.test\.|\.d\.ts$/.test(path))
  .map((path) => readFileSync(`${root}/${path}`, 'utf8'));

/** Whole keys as they are written, and the beginnings of those whose end is chosen while the page runs. */
const written = new Set(sources.flatMap((text) => [...text.matchAll(/'([\w-]+\.[\w-]+)'/g)].map(([, key]) => key)));
const begun = sources.flatMap((text) => [...text.matchAll(/`([\w-]+\.[\w-]*)\$\{/g)].map(([, start = '']) => start));
const ended = sources.flatMap((text) => [...text.matchAll(/\$\{[^`}]*\}(\w+)`/g)].map(([, end = '']) => end));

function keysOf(texts: Texts, prefix = ''): string[] {
  return Object.entries(texts).flatMap(([name, text]) =>
    typeof text === 'string' ? [prefix + name.replace(/_(one|other)$/, '')] : keysOf(text, `${prefix}${name}.`),
  );
}

function isUsed(key: string): boolean {
  if (written.has(key) || begun.some((start) => key.startsWith(start))) return true;
  // Such as the note that stands beside each title.
  return ended.some((end) => key.endsWith(end) && written.has(key.slice(0, -end.length)));
}

test('every text is shown somewhere', () => {
  expect([...new Set(keysOf(en))].filter((key) => !isUsed(key))).toEqual([]);
});
