import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasTrayHost } from './host.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waystation-bus-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A tool of the bus that answers this. */
function tool(name: string, answer: string, exitCode = 0): void {
  writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\n' '${answer}'\nexit ${exitCode}\n`);
  chmodSync(join(folder, name), 0o755);
}
const only = () => ({ PATH: folder });
const whole = () => ({ ...process.env, PATH: [folder, process.env['PATH']].join(delimiter) });

test('macOS and Windows always have a place to come back from', async () => {
  expect(await hasTrayHost('darwin', {})).toBe(true);
  expect(await hasTrayHost('win32', {})).toBe(true);
});

test.each([
  ['gdbus', '(<true>,)', true],
  ['gdbus', '(<false>,)', false],
  ['busctl', 'b true', true],
  ['busctl', 'b false', false],
  ['dbus-send', '   variant       boolean true', true],
  ['dbus-send', '   variant       boolean false', false],
] as const)(
  '%s that answers %j means %s',
  async (name, answer, expected) => {
    tool(name, answer);
    expect(await hasTrayHost('linux', only())).toBe(expected);
  },
  20_000,
);

test('an error of the bus is a no, whatever other tools there are', async () => {
  tool('gdbus', 'Error: name is not activatable', 1);
  tool('busctl', 'b true');
  expect(await hasTrayHost('linux', whole())).toBe(false);
});

test('without any tool, or any bus, there is no tray', async () => {
  expect(await hasTrayHost('linux', only())).toBe(false);
  const { DBUS_SESSION_BUS_ADDRESS: _, ...env } = process.env;
  expect(await hasTrayHost('linux', { ...env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/none` })).toBe(false);
});

const hasBus = spawnSync('dbus-run-session', ['--version']).status === 0;
test.skipIf(!hasBus)(
  'a real bus on which nobody draws icons is a no (skipped without dbus-run-session)',
  () => {
    const script = `import { hasTrayHost } from ${JSON.stringify(new URL('./host.ts', import.meta.url).href)};
    process.stdout.write(String(await hasTrayHost('linux', process.env)));`;
    const run = spawnSync('dbus-run-session', ['--', process.execPath, '--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(run.stdout).toBe('false');
  },
  40_000,
);
