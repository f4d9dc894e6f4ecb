import { expect, test } from 'vitest';
import { restoreCommand } from './restore-command.ts';

test('the command that restores names the data folder and how its secrets are kept, safe for a shell', () => {
  const plain = { file: '/srv/waystation/one.backup', dataDir: '/srv/waystation', secrets: 'key-file' };
  expect(restoreCommand(plain, 'linux')).toBe(
    'waystation backup restore /srv/waystation/one.backup --data-dir /srv/waystation --secrets key-file',
  );
  const odd = { file: "/home/o'neill/$x", dataDir: '/home/a b', secrets: 'auto' };
  expect(restoreCommand(odd, 'darwin')).toBe(
    String.raw`waystation backup restore '/home/o'\''neill/$x' --data-dir '/home/a b'`,
  );
  const windows = { file: String.raw`C:\Users\A B\one`, dataDir: String.raw`C:\Data`, secrets: 'auto' };
  expect(restoreCommand(windows, 'win32')).toBe(
    String.raw`waystation backup restore "C:\Users\A B\one" --data-dir C:\Data`,
  );
});
