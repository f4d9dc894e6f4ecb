import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { commands } from '../../app/cli/commands.ts';
import { widthOf } from '../../app/cli/text.ts';
import { account, check } from '../../app/server/admin/contract.ts';
import { apiKey, createdKey } from '../../app/server/admin/contract-keys.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { Keyboard, run, runJson } from './cli-run.ts';

const add = ['account', 'add', '--provider', 'anthropic', '--name'];

describe('without a relay the commands work on the store itself', () => {
  test('status says so and creates nothing', async () => {
    const dataDir = join(temporaryFolder(), 'none');
    expect(await runJson(['status'], { dataDir })).toEqual({
      pid: null,
      url: null,
      version: '0.1.0',
      state: 'stopped',
      dataDir,
    });
    expect((await run(['status'], { dataDir })).stdout).toMatch(/State +stopped/);
    expect(existsSync(dataDir)).toBe(false);
  });

  test('an account and a key are made, shown, changed and removed', async () => {
    const dataDir = temporaryFolder();
    const flags = ['--priority', '3', '--weight', '7', '--model', 'claude-*', '--map', 'claude-a=claude-b'];
    const made = account.parse(
      await runJson([...add, 'work', ...flags, '--secret-stdin'], { dataDir, stdin: 'sk-ant-1\n' }),
    );
    expect(made).toMatchObject({
      name: 'work',
      provider: 'anthropic',
      priority: 3,
      weight: 7,
      models: ['claude-*'],
      modelMap: { 'claude-a': 'claude-b' },
      hasSecret: true,
    });
    const renamed = [
      'account',
      'update',
      'WORK',
      '--name',
      'office',
      '--any-model',
      '--no-map',
      '--proxy',
      'socks5://127.0.0.1:9',
    ];
    expect(await runJson(renamed, { dataDir })).toMatchObject({
      id: made.id,
      name: 'office',
      models: [],
      modelMap: {},
      hasProxy: true,
    });
    expect(await runJson(['account', 'pause', made.id], { dataDir })).toMatchObject({ isEnabled: false });
    expect((await run(['account', 'list'], { dataDir })).stdout).toMatch(/office +anthropic +paused/);
    expect(await runJson(['account', 'resume', 'office'], { dataDir })).toMatchObject({ isEnabled: true });
    expect(await runJson(['account', 'update', 'office', '--no-proxy'], { dataDir })).toMatchObject({
      hasProxy: false,
    });
    expect(await runJson(['account', 'remove', 'office'], { dataDir })).toEqual({ id: made.id, removed: true });
    expect(await runJson(['account', 'list'], { dataDir })).toEqual([]);

    const limits = ['--model', 'claude-haiku-*', '--service', 'anthropic', '--expires', '30d', '--max-concurrent', '4'];
    const created = createdKey.parse(await runJson(['key', 'create', '--name', 'laptop', ...limits], { dataDir }));
    const { key: _, ...key } = created;
    expect(key).toMatchObject({ models: ['claude-haiku-*'], services: ['anthropic'], maxConcurrent: 4 });
    expect(Math.abs((key.expiresAt ?? 0) - Date.now() - 30 * 86_400_000)).toBeLessThan(60_000);
    expect(await runJson(['key', 'list'], { dataDir })).toEqual([key]);
    expect(await runJson(['key', 'disable', 'laptop'], { dataDir })).toMatchObject({ isEnabled: false });
    expect(await runJson(['key', 'enable', key.id], { dataDir })).toMatchObject({ isEnabled: true });
    expect(apiKey.parse(await runJson(['key', 'show', 'laptop'], { dataDir })).name).toBe('laptop');
    expect(await runJson(['key', 'remove', 'laptop'], { dataDir })).toEqual({ id: key.id, removed: true });
  });

  test('a key is bound to an account by its name, and says so', async () => {
    const dataDir = temporaryFolder();
    const secret = { dataDir, stdin: 'sk-ant-1' };
    const { id } = account.parse(await runJson([...add, 'work', '--secret-stdin'], secret));
    const create = ['key', 'create', '--name', 'bound', '--account'];
    expect(await runJson([...create, 'WORK'], { dataDir })).toMatchObject({ name: 'bound', accountId: id });
    const unknown = await run([...create, 'home', '--json'], { dataDir });
    expect([unknown.exitCode, JSON.parse(unknown.stdout)]).toMatchObject([1, { error: { kind: 'not-found' } }]);
    const shown = async (name: string) => (await run(['key', 'show', name], { dataDir })).stdout;
    expect(await shown('bound')).toMatch(/^Account +work$/m);
    await runJson(['account', 'remove', 'work'], { dataDir });
    expect(await shown('bound')).toMatch(new RegExp(`^Account +${id} \\(removed since\\)$`, 'm'));
    expect((await run(['key', 'create', '--name', 'free'], { dataDir })).stdout).toMatch(/^Account +any$/m);
    expect(await runJson(['key', 'list'], { dataDir })).toHaveLength(2);
  });

  test('an account is tested against its upstream', async () => {
    const dataDir = temporaryFolder();
    const upstream = await FakeAnthropic.start({ credentials: ['sk-ant-good'] });
    try {
      const place = ['--base-url', upstream.url, '--allow-local-upstream', '--secret-stdin'];
      await runJson([...add, 'good', ...place], { dataDir, stdin: 'sk-ant-good' });
      await runJson([...add, 'bad', ...place], { dataDir, stdin: 'sk-ant-bad' });
      const good = await run(['account', 'test', 'good'], { dataDir });
      expect(good).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^good works \(claude-haiku-4-5, /) });
      const bad = await run(['account', 'test', 'bad', '--model', 'claude-opus-5', '--json'], { dataDir });
      expect(bad.exitCode).toBe(1);
      expect(JSON.parse(bad.stdout)).toMatchObject({ ok: false, model: 'claude-opus-5', fault: 'credential-rejected' });
    } finally {
      await upstream.close();
    }
  });
});

describe('where secrets come from', () => {
  test('a prompt that does not show them, when somebody is there', async () => {
    const dataDir = temporaryFolder();
    const keyboard = new Keyboard();
    keyboard.write('sk-ant-typx\u007fed\r');
    const { exitCode, stdout, stderr } = await run([...add, 'typed'], { dataDir, keyboard, columns: 80 });
    expect([exitCode, keyboard.modes]).toEqual([0, [true, false]]);
    expect(stderr).toContain('Credential (not shown): ');
    expect(stdout + stderr).not.toContain('sk-ant');
    const [stored] = z.array(account).parse(await runJson(['account', 'list'], { dataDir }));
    expect(stored).toMatchObject({ name: 'typed', hasSecret: true });
  });

  test('Ctrl+C at the prompt adds nothing', async () => {
    const dataDir = temporaryFolder();
    const keyboard = new Keyboard();
    keyboard.write('sk-ant\u0003');
    expect(await run([...add, 'x'], { dataDir, keyboard, columns: 80 })).toMatchObject({ exitCode: 2 });
    expect(keyboard.isRaw).toBe(false);
    expect(await runJson(['account', 'list'], { dataDir })).toEqual([]);
  });

  test('not from nowhere: a script has to pipe them in', async () => {
    const dataDir = temporaryFolder();
    const refused = await run([...add, 'x', '--json'], { dataDir });
    expect(refused).toMatchObject({ exitCode: 2, stderr: '' });
    expect(JSON.parse(refused.stdout)).toEqual({
      error: {
        kind: 'usage',
        message: 'There is nobody to ask for the credential. Pipe it in and add --secret-stdin.',
      },
    });
    for (const stdin of ['', '\n', 'one\ntwo\n']) {
      expect((await run([...add, 'x', '--secret-stdin'], { dataDir, stdin })).exitCode).toBe(2);
    }
  });

  test('a credential and a proxy with a password come one to a line', async () => {
    const dataDir = temporaryFolder();
    const stdin = 'sk-ant-1\r\nhttp://user:pass@127.0.0.1:9\r\n';
    expect(await runJson([...add, 'x', '--secret-stdin', '--proxy-stdin'], { dataDir, stdin })).toMatchObject({
      hasSecret: true,
      hasProxy: true,
    });
  });

  test('an account that forwards the client’s credential asks for none', async () => {
    const dataDir = temporaryFolder();
    const words = ['account', 'add', '--provider', 'anthropic-passthrough', '--name', 'mine'];
    expect(await runJson(words, { dataDir })).toMatchObject({ hasSecret: false });
  });
});

describe('what goes wrong is said once, in the right place', () => {
  test.each([
    [['account', 'show', 'nobody'], 1, 'not-found'],
    [['key', 'disable', 'nobody'], 1, 'not-found'],
    [['explain', 'req_00000000000000000000000000000000'], 1, 'not-found'],
    [['explain', 'abcd'], 1, 'not-found'],
    [['open'], 1, 'unavailable'],
    [['usage', 'list', '--limit', '0'], 2, 'usage'],
    [['usage', 'list', '--limit', '100001'], 2, 'usage'],
    [['usage', 'list', '--since', 'yesterday'], 2, 'usage'],
    [['usage', 'summary', '--by', 'moon'], 2, 'usage'],
    [['key', 'create', '--name', 'x', '--expires', '2001-01-01'], 1, 'request-invalid'],
    [['key', 'create', '--name', 'x', '--service', 'tarot'], 2, 'usage'],
    [['key', 'create', '--name', 'a\u001b[31mb'], 1, 'request-invalid'],
    [['account', 'add', '--name', 'x'], 2, 'usage'],
    [['account', 'add', '--provider', 'claude-console', '--name', 'x', '--secret-stdin'], 1, 'request-invalid'],
    [['account', 'update', 'x'], 2, 'usage'],
    [['status', '--port', 'many'], 2, 'config'],
    [['frobnicate'], 2, 'usage'],
    [[], 2, 'usage'],
  ])('%j', async (words, exitCode, kind) => {
    const dataDir = temporaryFolder();
    const asJson = await run([...words, '--json'], { dataDir, stdin: 'sk-ant-1' });
    const answer = z
      .object({ error: z.object({ kind: z.string(), message: z.string() }) })
      .parse(JSON.parse(asJson.stdout));
    expect([asJson.exitCode, answer.error.kind]).toEqual([exitCode, kind]);
    if (words.length === 0) return;
    const forPeople = await run(words, { dataDir, stdin: 'sk-ant-1' });
    expect(forPeople).toMatchObject({ exitCode, stdout: '' });
    expect(forPeople.stderr.replaceAll('\n', ' ')).toContain(answer.error.message.split('\n', 1)[0]?.slice(0, 40));
  });

  test('two keys of one name are told apart by id', async () => {
    const dataDir = temporaryFolder();
    for (let count = 0; count < 2; count += 1) await runJson(['key', 'create', '--name', 'twin'], { dataDir });
    const { stderr } = await run(['key', 'remove', 'twin'], { dataDir });
    expect(stderr).toMatch(/2 keys have this name. Give the id instead: key_\w+,\skey_\w+/);
  });
});

describe('doctor', () => {
  const outcomes = z.object({ healthy: z.boolean(), checks: z.array(check) });

  async function examine(dataDir: string) {
    const { exitCode, stdout } = await run(['doctor', '--port', '0', '--json'], { dataDir });
    const { healthy, checks } = outcomes.parse(JSON.parse(stdout));
    const failed = checks.filter(({ outcome }) => outcome === 'fail');
    expect([healthy, exitCode]).toEqual(failed.length === 0 ? [true, 0] : [false, 1]);
    for (const { fix } of failed) expect(fix).toMatch(/\w+/);
    return failed.map(({ name }) => name);
  }

  test('finds nothing wrong before the first start and after it', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    expect(await examine(dataDir)).toEqual([]);
    expect(existsSync(dataDir)).toBe(false);
    await runJson(['key', 'create', '--name', 'x'], { dataDir });
    expect(await examine(dataDir)).toEqual([]);
  });

  test('finds a damaged database', async () => {
    const dataDir = temporaryFolder();
    for (let count = 0; count < 30; count += 1) await runJson(['key', 'create', '--name', `key ${count}`], { dataDir });
    const file = join(dataDir, 'waystation.sqlite');
    const bytes = readFileSync(file);
    bytes.fill(0xff, Math.floor(bytes.length / 2));
    writeFileSync(file, bytes);
    expect(await examine(dataDir)).toContain('database file');
  });

  test('D21 keychain-locked: finds a data key that is gone, and no command goes on without it', async () => {
    const dataDir = temporaryFolder();
    await runJson([...add, 'work', '--secret-stdin'], { dataDir, stdin: 'sk-ant-1' });
    for (const name of readdirSync(dataDir).filter((name) => name.endsWith('.key'))) rmSync(join(dataDir, name));
    expect(await examine(dataDir)).toEqual(['secrets']);
    const listed = await run(['account', 'list', '--json'], { dataDir });
    expect(listed.exitCode).toBe(1);
    expect(JSON.parse(listed.stdout)).toMatchObject({ error: { kind: 'vault-unavailable' } });
    expect(readdirSync(dataDir).filter((name) => name.endsWith('.key'))).toEqual([]);
  });
});

test('every page fits 80 columns, and nothing is coloured in a pipe', async () => {
  const dataDir = temporaryFolder();
  const long = 'a-name-as-long-as-a-name-may-be-'.repeat(2);
  await runJson([...add, long, '--secret-stdin', '--model', 'claude-*'], { dataDir, stdin: 'sk-ant-1' });
  await runJson(['key', 'create', '--name', long, '--model', 'claude-opus-*', '--model', 'claude-haiku-*'], {
    dataDir,
  });
  const pages = [
    ['account', 'list'],
    ['account', 'show', long],
    ['key', 'list'],
    ['key', 'show', long],
    ['doctor', '--port', '0'],
    ['status'],
    ['--help'],
  ];
  for (const words of pages) {
    const { exitCode, stdout } = await run(words, { dataDir });
    expect([words, exitCode]).toEqual([words, 0]);
    const wide = stdout.split('\n').filter((line) => widthOf(line) > 80 && !line.includes(dataDir));
    expect([words, wide]).toEqual([words, []]);
    expect(stdout).not.toContain('\u001b');
  }
  const wider = await run(['key', 'list'], { dataDir, columns: 200 });
  expect(wider.stdout).toContain(long);
});

test('help exists for every command, and for none', async () => {
  const { stdout } = await run(['--help'], { dataDir: temporaryFolder() });
  const names = commands.map(({ name }) => name);
  for (const name of names) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  for (const name of names) {
    const help = await run([...name.split(' '), '--help'], { dataDir: temporaryFolder() });
    expect([name, help.exitCode]).toEqual([name, 0]);
    expect(help.stdout).toContain(`Usage: waystation ${name}`);
    expect(help.stdout).toContain('--json');
    for (const line of help.stdout.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80);
  }
});
