import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run, runJson } from './cli-run.ts';

test('a member is added, given keys, changed, suspended, resumed and removed', async () => {
  const dataDir = temporaryFolder();
  const json = (...words: string[]) => runJson(words, { dataDir });
  const text = async (...words: string[]) => await run(words, { dataDir });
  await json('plan', 'create', '--template', 'Developer');
  const said = ['--email', 'ada@example.com', '--role', 'admin', '--plan', 'developer', '--note', 'first desk'];
  const shared = ['--limit', 'cost=300usd/month', '--limit', 'concurrency=8', '--time-zone', 'UTC'];
  const ada = await json('member', 'create', '--name', 'Ada', ...said, ...shared);
  expect(ada).toMatchObject({
    ...{ name: 'Ada', email: 'ada@example.com', role: 'admin', state: 'active', planName: 'Developer' },
    ...{ note: 'first desk', maxConcurrent: 8, keys: 0, limits: [{ measure: 'cost', amount: 300e9 }] },
  });
  await json('key', 'create', '--name', 'laptop', '--member', 'ada');
  await json('key', 'create', '--name', 'other');
  expect(await json('key', 'list', '--member', 'Ada')).toMatchObject([{ name: 'laptop', memberName: 'Ada' }]);
  const shown = (await text('member', 'show', 'Ada')).stdout;
  for (const line of [/^State +active$/m, /^Keys +1$/m, /^At once +8, all their keys together$/m])
    expect(shown).toMatch(line);
  expect(shown).toMatch(/cost per month \(shared\) +\$0\.00/);
  expect((await text('member', 'list')).stdout).toMatch(/Ada +active/);
  expect(await json('member', 'update', 'Ada', '--name', 'Ada L', '--no-plan', '--no-limits')).toMatchObject({
    ...{ name: 'Ada L', limits: [], role: 'admin' },
  });
  expect((await text('member', 'suspend', 'Ada L')).stdout).toBe('Ada L is suspended: calls with 1 key are refused.\n');
  expect((await text('key', 'list')).stdout).toMatch(/laptop.+suspended/);
  expect((await text('key', 'show', 'laptop')).stdout).toMatch(/^Member +Ada L \(suspended\)$/m);
  await json('member', 'resume', 'Ada L');
  const kept = await text('member', 'remove', 'Ada L', '--yes');
  expect([kept.exitCode, kept.stderr]).toEqual([1, expect.stringContaining('Ada L still has keys: laptop.')]);
  await json('member', 'remove', 'Ada L', '--with-keys', '--yes');
  expect([await json('member', 'list'), await json('key', 'list', '--trash')]).toMatchObject([
    [],
    [{ name: 'laptop' }],
  ]);
});

test('usage is added up by member, and calls are filtered by one', async () => {
  const dataDir = temporaryFolder();
  await runJson(['member', 'create', '--name', 'Ada'], { dataDir });
  expect(await runJson(['usage', 'summary', '--by', 'member'], { dataDir })).toEqual([]);
  expect(await runJson(['usage', 'list', '--member', 'Ada'], { dataDir })).toEqual([]);
  const { exitCode, stderr } = await run(['usage', 'list', '--member', 'Bob'], { dataDir });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('There is no member with this name or id.')]);
});
