import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { desktopCalls } from '../../app/server/admin/contract-desktop.ts';
import { channels } from './channels.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
const using = (pattern: RegExp) => sources.filter(({ text }) => pattern.test(text)).map(({ name }) => name);
const textOf = (name: string) => sources.find((source) => source.name === name)?.text ?? '';

test('check 10: every channel has a name of its own, a schema for what is asked and one for the answer', () => {
  expect(Object.keys(channels).sort()).toEqual(Object.keys(desktopCalls).sort());
  expect(new Set(Object.values(channels)).size).toBe(Object.keys(channels).length);
  for (const { input, output } of Object.values(desktopCalls)) {
    expect(input.safeParse({ unknown: 1 }).success).toBe(false);
    expect(input.safeParse(undefined).success).toBe(false);
    expect(output.safeParse('text').success).toBe(false);
  }
});

test('check 10: one file answers pages, and it looks at sender and schema before it does', () => {
  expect(using(/\bipcMain\b/)).toEqual(['ipc/router.ts']);
  const router = textOf('ipc/router.ts');
  expect(router.match(/ipcMain\./g)).toHaveLength(1);
  const [handle = ''] = /ipcMain\.handle\([\s\S]*?\n {4}\}\);/.exec(router) ?? [];
  expect(handle).toMatch(/if \(!isAllowed\(event\.senderFrame, ownPage\(\)\)\) throw[\s\S]*return answer\(/);
  expect(router).toMatch(/safeParse\(input\);\n {2}if \(!parsed\.success\) throw/);
});

test('check 10: the preload script passes on named calls and no part of Electron', () => {
  const preload = textOf('preload.ts');
  expect(using(/\bipcRenderer\b|\bcontextBridge\b/)).toEqual(['preload.ts']);
  expect(preload.match(/ipcRenderer\.\w+/g)).toEqual(Object.keys(channels).map(() => 'ipcRenderer.invoke'));
  expect(preload.match(/channels\.\w+(?=, input)/g)).toEqual(Object.keys(channels).map((name) => `channels.${name}`));
  expect(preload).not.toMatch(
    /ipcRenderer\.(on|send|sendSync|postMessage)|exposeInMainWorld\('\w+', (ipcRenderer|\{ \.\.\.)/,
  );
});
