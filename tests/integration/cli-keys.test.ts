import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { apiKey, createdKey } from '../../app/server/admin/contract-keys.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { Keyboard, run, runJson, ServeProcess } from './cli-run.ts';

const dayMs = 86_400_000;
const names = (keys: unknown) =>
  z
    .array(apiKey)
    .parse(keys)
    .map(({ name }) => name);

describe('a key has all that its owner says of it', () => {
  test('made, shown, found by tag and owner, changed, and cleared again', async () => {
    const dataDir = temporaryFolder();
    const said = ['--owner', 'Ada', '--tag', 'team-a', '--tag', 'night', '--note', 'for the build'];
    const rules = ['--deny-model', 'claude-opus-*', '--client', 'claude-code', '--from', '10.0.0.0/8', '--from', '::1'];
    const life = ['--expires-after-first-use', '30d'];
    const { key: _, ...made } = createdKey.parse(
      await runJson(['key', 'create', '--name', 'ci', ...said, ...rules, ...life], { dataDir }),
    );
    expect(made).toMatchObject({
      ...{ owner: 'Ada', tags: ['team-a', 'night'], note: 'for the build', lifetimeMs: 30 * dayMs },
      ...{ deniedModels: ['claude-opus-*'], clients: ['claude-code'], addresses: ['10.0.0.0/8', '::1'] },
    });
    await runJson(['key', 'create', '--name', 'other', '--owner', 'Bob'], { dataDir });
    const listed = async (...words: string[]) => names(await runJson(['key', 'list', ...words], { dataDir }));
    expect([await listed('--tag', 'night'), await listed('--owner', 'Bob'), await listed('--tag', 'day')]).toEqual([
      ['ci'],
      ['other'],
      [],
    ]);
    const { stdout } = await run(['key', 'show', 'ci'], { dataDir });
    for (const line of [
      /^Owner +Ada$/m,
      /^Tags +team-a, night$/m,
      /^Expires +30 d after its first use$/m,
      /^Not models +claude-opus-\*$/m,
      /^Programs +claude-code \(a soft check\)$/m,
      /^From +10\.0\.0\.0\/8, ::1$/m,
      /^Last used +never$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    const changes = ['--name', 'build', '--tag', 'day', '--untag', 'night', '--model', 'claude-*', '--expires', '7d'];
    expect(await runJson(['key', 'update', 'ci', ...changes], { dataDir })).toMatchObject({
      ...{ id: made.id, name: 'build', tags: ['team-a', 'day'], models: ['claude-*'], owner: 'Ada' },
    });
    const clears = ['--no-owner', '--no-tags', '--no-note', '--any-model', '--no-denied-models', '--any-client'];
    const cleared = await runJson(
      ['key', 'update', 'build', ...clears, '--from-anywhere', '--no-expiry', '--any-account', '--no-max-concurrent'],
      { dataDir },
    );
    const { owner: _owner, note: _note, lifetimeMs: _lifetime, ...rest } = made;
    const nothing = { tags: [], models: [], deniedModels: [], clients: [], addresses: [] };
    expect(cleared).toEqual({ ...rest, ...nothing, name: 'build', updatedAt: expect.any(Number) });
  });

  test.each([
    [['--from', '10.0.0.0/33'], 'address range'],
    [['--from', '::ffff:10.0.0.0/104'], 'must be written as IPv4'],
    [['--client', 'emacs'], '--client must be claude-code'],
    [['--tag', 'two words'], 'letters, digits'],
    [['--expires-after-first-use', 'soon'], 'must be a span'],
    [['--count', '0'], '--count must be'],
  ])('what cannot be is refused: %j', async (words, message) => {
    const { exitCode, stdout, stderr } = await run(['key', 'create', '--name', 'x', ...words], {
      dataDir: temporaryFolder(),
    });
    expect([exitCode === 0, stdout + stderr]).toEqual([false, expect.stringContaining(message)]);
  });
});

describe('many keys at once', () => {
  test('are made with a number each, changed and disabled by tag, and none is changed when one cannot be', async () => {
    const dataDir = temporaryFolder();
    const made = z
      .array(createdKey)
      .parse(await runJson(['key', 'create', '--name', 'seat', '--count', '12', '--tag', 'class'], { dataDir }));
    expect(made.map(({ name }) => name)).toEqual(Array.from({ length: 12 }, (_, index) => `seat-${index + 1}`));
    expect(new Set(made.map(({ key }) => key)).size).toBe(12);
    await runJson(['key', 'create', '--name', 'teacher'], { dataDir });
    const words = ['key', 'update', '--tagged', 'class', '--owner', 'School', '--expires', '90d'];
    expect(names(await runJson(words, { dataDir }))).toEqual(made.map(({ name }) => name));
    expect(names(await runJson(['key', 'disable', '--owned-by', 'School'], { dataDir }))).toHaveLength(12);
    const keys = z.array(apiKey).parse(await runJson(['key', 'list'], { dataDir }));
    expect(keys.filter(({ isEnabled }) => isEnabled).map(({ name }) => name)).toEqual(['teacher']);
    for (const wrong of [
      ['key', 'update'],
      ['key', 'disable', 'teacher', '--tagged', 'class'],
      [...words, '--name', 'x'],
    ]) {
      expect((await run(wrong, { dataDir })).exitCode).toBe(2);
    }
  });

  test('are removed by tag and owner, all or none, after a question, and for good with those of the trash', async () => {
    const dataDir = temporaryFolder();
    await runJson(['key', 'create', '--name', 'seat', '--count', '7', '--tag', 'class', '--owner', 'School'], {
      dataDir,
    });
    await runJson(['key', 'create', '--name', 'teacher', '--owner', 'School'], { dataDir });
    const words = ['key', 'remove', '--tagged', 'class'];
    const keyboard = new Keyboard();
    keyboard.write('n\r');
    const asked = await run(words, { dataDir, keyboard, columns: 200 });
    expect([asked.exitCode, asked.stdout + asked.stderr]).toEqual([
      2,
      expect.stringContaining('Remove 7 keys (seat-1, seat-2, seat-3, seat-4, seat-5 …)?'),
    ]);
    expect((await run(['key', 'remove', 'teacher', '--tagged', 'class'], { dataDir })).exitCode).toBe(2);
    await runJson(['key', 'remove', 'seat-1'], { dataDir });
    expect((await run([...words, '--yes'], { dataDir })).stdout).toContain('6 keys removed.');
    expect(names(await runJson(['key', 'list'], { dataDir }))).toEqual(['teacher']);
    expect(names(await runJson(['key', 'list', '--trash'], { dataDir }))).toHaveLength(7);
    expect(await runJson(['key', 'remove', '--owned-by', 'School', '--for-good'], { dataDir })).toHaveLength(8);
    expect(await runJson(['key', 'list', '--trash'], { dataDir })).toEqual([]);
    expect((await run(words, { dataDir })).stdout).toBe('No key is so.\n');
  });

  test('are imported from lines and from CSV; no secret is printed or taken twice', async () => {
    const dataDir = temporaryFolder();
    const [one, two, three] = ['a', 'b', 'c'].map((start) => `cr_${start}0123456789abcdef0123456789abcdef`);
    const file = join(dataDir, 'keys.csv');
    writeFileSync(file, `name,secret\n# from before\nalice,${one}\n"bob, jr",${two}\n\n${three}\n`);
    const { exitCode, stdout } = await run(['key', 'import', file, '--tag', 'moved', '--json'], { dataDir });
    expect([exitCode, names(JSON.parse(stdout))]).toEqual([0, ['alice', 'bob, jr', 'imported-3']]);
    expect(stdout).not.toContain('0123456789abcdef');
    const again = await run(['key', 'import', file], { dataDir });
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('alice is there twice, or is a key') });
    expect(again.stderr).not.toContain('0123456789abcdef');
    writeFileSync(file, `sk-ant-api03-${'abcdefgh'.repeat(4)}\n`);
    expect((await run(['key', 'import', file], { dataDir })).stderr).toContain('upstream');
    expect(names(await runJson(['key', 'list', '--tag', 'moved'], { dataDir }))).toHaveLength(3);
  });
});

test('a removed key is listed in the trash, restored, and removed for good', async () => {
  const dataDir = temporaryFolder();
  await runJson(['key', 'create', '--name', 'laptop'], { dataDir });
  const removed = await run(['key', 'remove', 'laptop'], { dataDir });
  expect(removed.stdout).toMatch(/^laptop is removed\. .*waystation key restore key_/);
  expect((await run(['key', 'show', 'laptop'], { dataDir })).exitCode).toBe(1);
  expect((await run(['key', 'list', '--trash'], { dataDir })).stdout).toMatch(/laptop .*removed/);
  expect((await run(['key', 'restore', 'laptop'], { dataDir })).stdout).toBe('laptop is restored.\n');
  expect(names(await runJson(['key', 'list'], { dataDir }))).toEqual(['laptop']);
  await runJson(['key', 'remove', 'laptop'], { dataDir });
  await runJson(['key', 'remove', 'laptop', '--for-good'], { dataDir });
  expect(await runJson(['key', 'list', '--trash'], { dataDir })).toEqual([]);
});

test('a rotated key tells its new secret once, and the running relay takes both until the grace is over', async () => {
  const dataDir = temporaryFolder();
  await using relay = await ServeProcess.start(dataDir);
  const { key: old } = createdKey.parse(await runJson(['key', 'create', '--name', 'laptop'], { dataDir }));
  const status = async (secret: string) =>
    (await fetch(`${relay.url}/v1/models`, { headers: { 'x-api-key': secret } })).status;
  const { key: second } = createdKey.parse(await runJson(['key', 'rotate', 'laptop'], { dataDir }));
  expect([await status(old), await status(second)]).toEqual([200, 200]);
  const rotated = await run(['key', 'rotate', 'laptop', '--grace', '0s'], { dataDir });
  const third = /wsk_[\w-]{43}/.exec(rotated.stdout)?.[0] ?? '';
  expect(rotated.stdout).toContain('The old secret is refused from now on.');
  expect([await status(old), await status(second), await status(third)]).toEqual([401, 401, 200]);
});
