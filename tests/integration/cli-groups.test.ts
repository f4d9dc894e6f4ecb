import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { group } from '../../app/server/admin/contract-scheduling.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run, runJson } from './cli-run.ts';

async function folderWith(...accounts: readonly string[]) {
  const dataDir = temporaryFolder();
  const json = (...words: readonly string[]) => runJson(words, { dataDir });
  const text = async (...words: readonly string[]) => {
    const { exitCode, stdout, stderr } = await run(words, { dataDir });
    return { exitCode, text: stdout + stderr };
  };
  for (const name of accounts) {
    await runJson(['account', 'add', '--provider', 'anthropic', '--name', name, '--secret-stdin'], {
      dataDir,
      stdin: 'sk-ant-made-up',
    });
  }
  const idOf = async (name: string) => z.object({ id: z.string() }).parse(await json('account', 'show', name)).id;
  return { dataDir, json, text, idOf };
}

describe('groups', () => {
  test('are made with members and a fallback, shown, changed and removed', async () => {
    const { json, text, idOf } = await folderWith('one', 'two', 'spare');
    const spares = group.parse(await json('group', 'create', '--name', 'spares', '--account', 'spare'));
    const made = group.parse(
      await json(
        'group',
        'create',
        '--name',
        'team',
        '--account',
        'one=10',
        '--account',
        'two',
        '--fallback',
        'spares',
      ),
    );
    expect(made.fallbackId).toBe(spares.id);
    expect(made.members).toHaveLength(2);
    expect(made.members).toEqual(
      expect.arrayContaining([{ accountId: await idOf('one'), priority: 10 }, { accountId: await idOf('two') }]),
    );
    const listed = await text('group', 'list');
    expect(listed.text).toMatch(/^team +.*one \(priority 10\).* +spares/m);

    const changed = await text('group', 'update', 'team', '--name', 'crew', '--account', 'two=1', '--no-fallback');
    expect(changed.text).toMatch(/^Name +crew$/m);
    expect(changed.text).toMatch(/^Accounts +two \(priority 1\)$/m);
    expect(changed.text).toMatch(/^Fallback +none$/m);
    expect(group.parse(await json('group', 'update', 'crew', '--no-account')).members).toEqual([]);

    expect((await text('group', 'remove', 'crew', '--yes')).text).toContain('crew is removed. Its accounts stay.');
    expect(
      z
        .array(group)
        .parse(await json('group', 'list'))
        .map(({ name }) => name),
    ).toEqual(['spares']);
    expect(await json('account', 'show', 'one')).toMatchObject({ groupIds: [] });
  });

  test('an account is put into groups, and out of them, from its own side too', async () => {
    const { json, text } = await folderWith('one');
    for (const name of ['a', 'b']) await json('group', 'create', '--name', name);
    await json('account', 'update', 'one', '--group', 'a', '--group', 'b');
    expect((await text('group', 'list')).text.match(/\bone\b/g)).toHaveLength(2);
    await json('account', 'update', 'one', '--group', 'b');
    expect((await text('group', 'list')).text).toMatch(/^a +none/m);
    await json('account', 'update', 'one', '--no-group');
    expect((await text('group', 'list')).text).not.toMatch(/\bone\b/);
  });

  test.each([
    [['group', 'create', '--name', 'x', '--account', 'nobody'], 'There is no account with this name or id'],
    [['group', 'create', '--name', 'x', '--account', 'one=101'], 'A priority is a whole number from 1 to 100.'],
    [['group', 'create', '--name', 'x', '--fallback', 'nowhere'], 'There is no group with this name or id'],
    [['group', 'create'], '--name'],
    [['group', 'update', 'first'], 'Say what to change. See: waystation group update --help'],
    [['group', 'update', 'first', '--fallback', 'second'], 'fallback'],
    [['group', 'update', 'nothing', '--name', 'x'], 'There is no group with this name or id'],
  ])('what cannot be is refused with a reason: %j', async (words, message) => {
    const { json, text } = await folderWith('one');
    await json('group', 'create', '--name', 'first');
    await json('group', 'create', '--name', 'second', '--fallback', 'first');
    const refused = await text(...words);
    expect([refused.exitCode === 0, refused.text]).toEqual([false, expect.stringContaining(message)]);
  });
});

describe('a key', () => {
  test('says which group it is bound to and whose its calls are, and both are taken back', async () => {
    const { json, text } = await folderWith('one');
    await json('group', 'create', '--name', 'team', '--account', 'one');
    await json('key', 'create', '--name', 'laptop', '--group', 'team', '--own');
    const shown = await text('key', 'show', 'laptop');
    expect(shown.text).toMatch(/^Group +team$/m);
    expect(shown.text).toMatch(/^Calls are +your own, wherever they come from$/m);
    expect((await text('key', 'update', 'laptop', '--foreign')).text).toMatch(/^Calls are +not your own/m);
    const cleared = await text('key', 'update', 'laptop', '--own-by-place', '--any-group');
    expect(cleared.text).toMatch(/^Calls are +your own from this computer, others’ from elsewhere$/m);
    expect(cleared.text).not.toMatch(/^Group /m);
    expect(await json('key', 'show', 'laptop')).not.toHaveProperty('isOwn');
  });

  test('keeps the group that it is bound to from being removed', async () => {
    const { json, text } = await folderWith();
    await json('group', 'create', '--name', 'team');
    await json('key', 'create', '--name', 'laptop', '--group', 'team');
    const refused = await text('group', 'remove', 'team', '--yes');
    expect([refused.exitCode, refused.text]).toEqual([1, expect.stringContaining('laptop')]);
    await json('key', 'update', 'laptop', '--any-group');
    expect((await text('group', 'remove', 'team', '--yes')).exitCode).toBe(0);
  });
});

describe('the rules of the choice', () => {
  test('are shown and changed one by one', async () => {
    const { json, text } = await folderWith();
    expect((await text('routing', 'show')).text).toMatch(/^Strategy +weighted$/m);
    const words = ['--strategy', 'fill-first', '--max-wait', '7', '--patience', '0', '--wait-price', '3'];
    expect(await json('routing', 'set', ...words)).toMatchObject({
      ...{ strategy: 'fill-first', maxWaitMs: 7_000, patienceMs: 0, waitNanoUsdPerMinute: 30_000_000 },
    });
    expect(await json('routing', 'set', '--strategy', 'round-robin')).toMatchObject({
      ...{ strategy: 'round-robin', maxWaitMs: 7_000 },
    });
    expect((await text('routing', 'show')).text).toMatch(/^Waits for a place +7\.?0? s at most$/m);
  });

  test.each([
    [['routing', 'set'], 'Say what to change'],
    [['routing', 'set', '--strategy', 'cleverest'], '--strategy must be'],
    [['routing', 'set', '--max-wait', '61'], '--max-wait must be'],
    [['replay'], 'Say which rules'],
    [['simulate'], '--model'],
  ])('what makes no sense is refused: %j', async (words, message) => {
    const { text } = await folderWith();
    const refused = await text(...words);
    expect([refused.exitCode === 0, refused.text]).toEqual([false, expect.stringContaining(message)]);
  });

  test('a simulation names the account, and by other rules from a file another one', async () => {
    const { dataDir, json, text } = await folderWith('one', 'two');
    await json('account', 'update', 'two', '--priority', '10');
    const ask = ['simulate', '--model', 'claude-sonnet-4-5'];
    expect((await text(...ask)).text).toMatch(/two was the first choice: priority 10/);
    await json('account', 'update', 'two', '--cap', 'requests=1/day');
    await json('account', 'update', 'two', '--expires', '2026-01-02');
    const explained = await text(...ask);
    expect(explained.text).toMatch(/one was the first choice/);
    expect(explained.text).toMatch(/two was skipped, because its subscription had ended/);
    const file = join(dataDir, 'rules.json');
    writeFileSync(file, JSON.stringify({ strategy: 'least-recently-used' }));
    expect(await json(...ask, '--rules', file)).toMatchObject({ strategy: 'least-recently-used' });
    writeFileSync(file, '{"strategy": "cleverest"}');
    const refused = await text(...ask, '--rules', file);
    expect([refused.exitCode, refused.text]).toEqual([2, expect.stringContaining('strategy')]);
    const replayed = await json('replay', '--strategy', 'fill-first');
    expect(replayed).toMatchObject({ calls: 0, changed: 0 });
  });
});
