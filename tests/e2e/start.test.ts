import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { fingerprint, markBuilt } from '../../scripts/launch/freshness.mjs';
import { isEverythingRequired, suiteThatNeeds } from '../support/required.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const installed = join(checkout, 'node_modules');
const cloned = [
  'app',
  'main',
  'renderer',
  'resources',
  'scripts',
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.json',
];

let folder: string;
let root: string;
let running: Run[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waystation-start-'));
  root = join(folder, 'clone');
  mkdirSync(root);
  for (const name of cloned) copied(name);
});
afterEach(async () => {
  for (const { child, exit } of running) {
    // Its children too, whoever of them is left: they are a group of their own.
    killGroup(child);
    await exit;
  }
  running = [];
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

function copied(name: string): void {
  cpSync(join(checkout, name), join(root, name), { recursive: true });
}

/** As if it had been started before. */
function installedAndBuilt(): void {
  symlinkSync(installed, join(root, 'node_modules'));
  copied('dist');
  // A copy's times are not those of the sources that the build was made from.
  markBuilt(join(root, 'dist'), fingerprint(root));
}

interface Run {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>;
  stdout(): string;
  stderr(): string;
}

/** Without our own settings, without the packages' programs on the PATH, without a display: a plain terminal. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const PATH = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
  const isOurs = (name: string) => /^(npm_|WAYSTATION_|DISPLAY$|WAYLAND_DISPLAY$|ELECTRON_)/i.test(name);
  const rest = Object.entries(process.env).filter(([name]) => !isOurs(name));
  return { ...Object.fromEntries(rest), PATH: PATH.join(delimiter) };
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...plainEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exit = once(child, 'close').then(([code, signal]): number | string => code ?? signal);
  const started = { child, exit, stdout: collect(child.stdout), stderr: collect(child.stderr) };
  running.push(started);
  return started;
}

function killGroup({ pid }: Run['child']): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of it is left, which is what we want.
  }
}

function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

function script(name: 'start' | 'waystation', args: readonly string[], env?: NodeJS.ProcessEnv): Run {
  return run(process.execPath, [join(root, 'scripts', `${name}.mjs`), ...args], env);
}

function serveArguments(): string[] {
  return ['--headless', '--port', '0', '--data-dir', join(folder, 'data'), '--secrets', 'key-file'];
}

/** The address in what it prints; fails when it ends without one. */
async function addressOf({ child, exit, stdout, stderr }: Run): Promise<string> {
  const pattern = /http:\/\/127\.0\.0\.1:\d+/;
  const ended = exit.then((code) => `ended with ${code}: ${stdout()}${stderr()}`);
  while (!pattern.test(stdout())) {
    const more = await Promise.race([once(child.stdout, 'data'), ended]);
    if (typeof more === 'string') throw new Error(more);
  }
  return pattern.exec(stdout())?.[0] ?? '';
}

/** An npm that installs by a link to the packages we have, and keeps what it was asked. */
function fakeNpm(body = `symlinkSync(${JSON.stringify(installed)}, 'node_modules');`): NodeJS.ProcessEnv {
  const npm = join(folder, 'npm.mjs');
  writeFileSync(
    npm,
    `import { symlinkSync, writeFileSync } from 'node:fs';
     writeFileSync(${JSON.stringify(join(folder, 'asked'))}, process.argv.slice(2).join(' '));
     console.log('noise from npm');
     ${body}`,
  );
  return { npm_execpath: npm, npm_node_execpath: process.execPath };
}

test('a fresh clone installs, builds, says why it is headless, serves, and stops when it is told to', async () => {
  const start = script('start', serveArguments(), fakeNpm());
  const address = await addressOf(start);
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(/^ci /);
  expect(start.stdout()).toMatch(
    /^Installing [^\n]+\nBuilding [^\n]+\nStarting without the desktop shell: --headless was asked for\.\n/,
  );
  expect((await fetch(`${address}/health`)).status).toBe(200);
  expect((await fetch(`${address}/admin/`)).status).toBe(200);
  start.child.kill('SIGTERM');
  expect(await start.exit).toBe(0);
});

test('a command prints its answer and nothing else, also when it has to install and build first', async () => {
  const first = script('waystation', ['--version'], fakeNpm());
  expect(await first.exit).toBe(0);
  expect(first.stdout()).toBe(`${packageJson.version}\n`);
  expect(first.stderr()).toMatch(/Installing.*noise from npm.*Building/s);
  const second = script('waystation', ['--version']);
  expect(await second.exit).toBe(0);
  expect([second.stdout(), second.stderr()]).toEqual([`${packageJson.version}\n`, '']);
});

test('what was compiled is kept for the next start, and is not missed where it cannot be kept', async () => {
  installedAndBuilt();
  const kept = join(root, 'dist', '.compiled');
  rmSync(kept, { recursive: true, force: true });
  expect(await script('waystation', ['--version']).exit).toBe(0);
  expect(readdirSync(kept)).toHaveLength(1);
  rmSync(kept, { recursive: true });
  writeFileSync(kept, 'no folder');
  const without = script('waystation', ['--version']);
  expect(await without.exit).toBe(0);
  expect([without.stdout(), without.stderr()]).toEqual([`${packageJson.version}\n`, '']);
});

test('SIGTERM to npm alone ends the relay that npm start began', async () => {
  installedAndBuilt();
  const start = run('npm', ['start', '--', ...serveArguments()]);
  const address = await addressOf(start);
  start.child.kill('SIGTERM');
  await start.exit;
  expect(start.stderr()).toContain('Stopping');
  await expect(fetch(`${address}/health`)).rejects.toThrow();
});

test('an install that fails ends with a sentence and exit code 1', async () => {
  const start = script('start', [], fakeNpm('process.exit(7);'));
  expect(await start.exit).toBe(1);
  expect(start.stderr()).toContain('npm ci failed');
  expect(existsSync(join(root, 'dist'))).toBe(false);
});

test('a build that fails ends with its message and leaves the last build in place', async () => {
  installedAndBuilt();
  writeFileSync(join(root, 'app', 'config.ts'), 'this is no program');
  const start = script('start', serveArguments());
  expect(await start.exit).toBe(1);
  expect(start.stderr()).toContain('config.ts');
  expect(start.stderr()).toContain('The build failed');
  expect(existsSync(join(root, 'dist', 'cli.js'))).toBe(true);
});

test("the app's exit code and its arguments pass through", async () => {
  installedAndBuilt();
  const start = script('start', ['--headless', '--port', 'many', '--host', 'nowhere at all']);
  expect(await start.exit).toBe(2);
  expect(start.stdout()).not.toContain('Building');
  expect(start.stderr()).toMatch(/--port.*--host|--host.*--port/s);
});

/** Stands where the runtime would be, and tells what it was started with. */
function fakeElectron(): NodeJS.ProcessEnv {
  const path = join(folder, 'runtime', 'electron');
  mkdirSync(join(folder, 'runtime'));
  writeFileSync(path, `#!/bin/sh\necho "$ELECTRON_RUN_AS_NODE|$*"\nexit 3\n`);
  chmodSync(path, 0o755);
  return { ELECTRON_OVERRIDE_DIST_PATH: join(folder, 'runtime'), ELECTRON_RUN_AS_NODE: '1' };
}

test('--desktop ends with the reason where the desktop app cannot open', async () => {
  installedAndBuilt();
  const start = script('start', ['--desktop'], fakeElectron());
  expect(await start.exit).toBe(1);
  expect(start.stderr()).toContain('The desktop app cannot open: ');
});

const isRoot = process.getuid?.() === 0;
const whySkipped = isRoot ? ' (skipped: this is root, for whom Electron does not start)' : '';
test.skipIf(isRoot)(`a display and a runtime open the desktop app with the same arguments${whySkipped}`, async () => {
  symlinkSync(installed, join(root, 'node_modules'));
  const start = script('start', ['--port', '0'], { ...fakeElectron(), DISPLAY: ':0' });
  expect(await start.exit).toBe(3);
  expect(start.stdout()).toContain(`|${root}/ --port 0\n`);
});

const network = isEverythingRequired ? undefined : 'it downloads 570 MB; runs with WAYSTATION_REQUIRE_ALL=1';
suiteThatNeeds(network, 'with the real npm', () => {
  test('npm start alone brings a fresh clone to an answer on /health', { timeout: 300_000 }, async () => {
    const start = run('npm', ['start', '--', ...serveArguments()]);
    const address = await addressOf(start);
    expect((await fetch(`${address}/health`)).status).toBe(200);
    start.child.kill('SIGTERM');
    // npm ends by the signal itself, and everything it started with it: `close` comes when the last output is shut.
    expect(await start.exit).toBe('SIGTERM');
    await expect(fetch(`${address}/health`)).rejects.toThrow();
  });
});
