import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const renderer = join(import.meta.dirname, '..', '..', 'dist', 'renderer');
const assets = join(renderer, 'assets');
const kilobyte = 1_000;
const most = { shell: 320 * kilobyte, page: 60 * kilobyte };

const scripts = readdirSync(assets)
  .filter((name) => /\.(js|css)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(assets, name), 'utf8') }));

/** What the browser loads before it shows anything: what the page names, and what that imports. */
function shellNames(): ReadonlySet<string> {
  const html = readFileSync(join(renderer, 'index.html'), 'utf8');
  const found = new Set(scripts.map(({ name }) => name).filter((name) => html.includes(name)));
  for (const name of found) {
    const text = scripts.find((script) => script.name === name)?.text ?? '';
    for (const [, imported = ''] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) found.add(imported);
  }
  return found;
}

const packed = ({ text }: { readonly text: string }) => gzipSync(text).byteLength;

test('the shell stays within 320 kB, packed as it travels', () => {
  const shell = shellNames();
  const bytes = scripts.filter(({ name }) => shell.has(name)).reduce((sum, script) => sum + packed(script), 0);
  expect(bytes).toBeGreaterThan(50 * kilobyte);
  expect(bytes).toBeLessThanOrEqual(most.shell);
});

test('no page brings more than 60 kB of its own', () => {
  const shell = shellNames();
  const pages = scripts.filter(({ name }) => !shell.has(name));
  expect(pages.length).toBeGreaterThan(5);
  expect(pages.filter((page) => packed(page) > most.page).map(({ name }) => name)).toEqual([]);
});
