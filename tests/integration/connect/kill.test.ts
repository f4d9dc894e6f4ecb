import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ToolId } from '../../../app/connect/tool-id.ts';
import { toolOf } from '../../../app/connect/tools.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { KeyFile } from './kill-child.ts';
import { address, settingIn } from './setting.ts';

const child = fileURLToPath(new URL('./kill-child.ts', import.meta.url));
const originals: Readonly<Record<string, string>> = {
  '.env': '# mine\nGEMINI_API_KEY="old"\n',
  'settings.json': '{\n  "ui": { "theme": "GitHub" }, // mine\n}\n',
};

/** Gemini CLI has two files: a kill can come between them. */
const tool: ToolId = 'gemini-cli';

function prepared() {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'keys'), '');
  const keys = new KeyFile(join(folder, 'keys'));
  const setting = settingIn(folder, { keys });
  const files =
    toolOf(tool)
      ?.files(setting.computer)
      .map(({ file }) => file) ?? [];
  for (const file of files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, originals[file.slice(dirname(file).length + 1)] ?? '', { mode: 0o640 });
  }
  const home = dirname(files[0] ?? '');
  const now = () => Object.fromEntries(readdirSync(home).map((name) => [name, readFileSync(join(home, name), 'utf8')]));
  return { ...setting, folder, keys, now };
}

/** Runs until it reaches a step, and is killed there; answers the steps it told. */
async function killedAt(folder: string, work: string, stop: string): Promise<readonly string[]> {
  const running = spawn(process.execPath, [child, folder, work, tool, stop], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(running, 'close');
  let said = '';
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.split('\n').includes(stop)) running.kill('SIGKILL');
  });
  await closed;
  return said.split('\n').filter(Boolean);
}

const connectSteps = [
  'begun',
  'key-made',
  'journal-written',
  'backup-written',
  'folder-made 0',
  'temporary-written 0',
  'renamed 0',
  'folder-made 1',
  'temporary-written 1',
  'renamed 1',
  'connected',
];
const disconnectSteps = ['taking-back', 'restoring-written', 'restored 1', 'restored 0', 'key-removed', 'forgotten'];

test('check 3: the steps below are all there are', async () => {
  const { folder } = prepared();
  expect(await killedAt(folder, 'connect', 'nowhere')).toEqual(connectSteps);
  const told = await killedAt(folder, 'disconnect', 'nowhere');
  expect([...new Set(told)]).toEqual(disconnectSteps);
});

test.each(connectSteps)(
  'check 3: connecting that is killed at “%s” is finished or undone by the next start',
  async (step) => {
    const { folder, connections, keys, now } = prepared();
    expect(await killedAt(folder, 'connect', step)).toContain(step);
    const repairs = await connections.repair();
    const [state] = (await connections.states.all(address)).filter((one) => one.tool === tool);
    if (step === 'renamed 1' || step === 'connected') {
      expect(repairs.map(({ outcome }) => outcome)).toEqual(step === 'connected' ? [] : ['finished']);
      expect([state?.state, keys.all().length]).toEqual(['connected', 1]);
      await connections.disconnect(tool);
    } else {
      expect(repairs.map(({ outcome, message }) => [outcome, message])).toEqual([
        ['undone', 'Connecting Gemini CLI was cut off. Its files are as they were. Connect it again.'],
      ]);
      expect(state?.state).toBe('not-connected');
    }
    expect([now(), keys.all()]).toEqual([originals, []]);
  },
);

test.each(disconnectSteps)(
  'check 3: disconnecting that is killed at “%s” is finished by the next start',
  async (step) => {
    const { folder, connections, keys, now } = prepared();
    await killedAt(folder, 'connect', 'nowhere');
    expect(await killedAt(folder, 'disconnect', step)).toContain(step);
    const repairs = await connections.repair();
    expect(repairs.map(({ outcome }) => outcome)).toEqual(step === 'forgotten' ? [] : ['finished']);
    expect([now(), keys.all(), await connections.connected()]).toEqual([originals, [], []]);
  },
);

test.each(['nowhere', ...disconnectSteps])(
  'check 3: quitting that is killed at “%s” leaves each tool connected, or as it was and offered again',
  async (step) => {
    const { folder, connections, now } = prepared();
    await killedAt(folder, 'connect', 'nowhere');
    await connections.connect('codex', { address });
    await killedAt(folder, 'set-aside', step);
    const again = settingIn(folder, { keys: new KeyFile(join(folder, 'keys')) }).connections;
    await again.repair();
    const states = (await again.states.all(address)).filter((one) => ['codex', tool].includes(one.tool));
    const apart = states.filter(({ state }) => state !== 'connected').map((one) => one.tool);
    expect(states.map(({ state }) => state)).toEqual(
      states.map(() => expect.stringMatching(/^(not-)?(connected|installed)$/)),
    );
    expect(await again.offered()).toEqual(apart);
    expect(apart).toContain('codex');
    if (apart.includes(tool)) expect(now()).toEqual(originals);
    await again.connect('codex', { address });
    expect(await again.offered()).not.toContain('codex');
    await again.disconnectAll();
    expect([await again.offered(), await again.connected(), now()]).toEqual([[], [], originals]);
  },
);

test('check 3: what another program wrote after the kill stays, and is told', async () => {
  const { folder, connections, computer, now } = prepared();
  await killedAt(folder, 'connect', 'renamed 0');
  const file = join(computer.home, '.gemini', '.env');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/GEMINI_API_KEY=.*/, 'GEMINI_API_KEY=theirs'));
  const [repair] = await connections.repair();
  expect(repair).toMatchObject({ outcome: 'undone', message: expect.stringContaining('GEMINI_API_KEY') });
  expect(now()).toEqual({ ...originals, '.env': '# mine\nGEMINI_API_KEY=theirs\n' });
});

test('check 3: a start writes nothing where nothing was cut off', async () => {
  const { folder, connections, now } = prepared();
  await connections.connect(tool, { address });
  const before = now();
  const again = settingIn(folder, { keys: new KeyFile(join(folder, 'keys')) });
  expect(await again.connections.repair()).toEqual([]);
  expect(now()).toEqual(before);
});
