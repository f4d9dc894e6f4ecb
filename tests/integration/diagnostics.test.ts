import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestApp } from '../support/test-app.ts';
import { run, runJson } from './cli-run.ts';

const names = ['README.txt', 'versions.json', 'config.json', 'checks.json', 'calls.json', 'tools.json', 'log.txt'];

function adminOf(relay: TestApp) {
  return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
}

function unpacked(archive: Buffer, ...words: readonly string[]): string {
  return execFileSync('tar', ['-z', ...words], { input: archive }).toString();
}

test('D23 log-canary: the archive holds no secret, no e-mail address, no prompt and no home folder, and exactly what is shown', async () => {
  await using relay = await TestApp.start({ upstreams: 1, account: { proxy: undefined } });
  const admin = adminOf(relay);
  await admin.createAccount({
    ...{ name: 'somebody@canary.example', provider: 'anthropic', secret: 'sk-ant-CANARY-secret' },
    ...{ proxy: 'http://user:CANARY-proxy@127.0.0.1:1', settings: { baseUrl: 'https://upstream.example' } },
  });
  relay.upstream.script([says('CANARY-answer'), refuses(400, { message: 'CANARY-words' })]);
  const body = { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'user', content: 'CANARY-prompt' }] };
  await relay.messages(body, { 'user-agent': 'CANARY-agent/1', 'x-waystation-project': 'CANARY-project' });
  await relay.messages(body);
  await relay.rowsOnce(2);
  const { home } = relay.app.parts.config.computer;
  relay.app.parts.ports.warn(`CANARYMAIL of somebody@canary.example with sk-ant-CANARY-logged in ${home}/x`);

  const { files, archive } = await admin.collectDiagnostics({});
  expect(files.map(({ name }) => name)).toEqual(names);
  const bytes = Buffer.from(archive, 'base64');
  expect(unpacked(bytes, '-t').trim().split('\n')).toEqual(names);
  for (const { name, text, bytes: size } of files) {
    expect([name, unpacked(bytes, '-xO', name)]).toEqual([name, text]);
    expect([name, size]).toEqual([name, Buffer.byteLength(text)]);
    const left = ['CANARY-', 'canary.example', relay.secret, relay.app.controlToken, `${home}/`];
    for (const forbidden of left) expect([name, forbidden, text.includes(forbidden)]).toEqual([name, forbidden, false]);
  }
  const calls: unknown = JSON.parse(files.find(({ name }) => name === 'calls.json')?.text ?? '');
  expect(calls).toMatchObject([
    { status: 'failed', httpStatus: 400 },
    { status: 'completed', httpStatus: 200 },
  ]);
  const tools = files.find(({ name }) => name === 'tools.json')?.text ?? '';
  expect(tools).toContain('env.ANTHROPIC_BASE_URL');
});

test('the checks of a running relay look at the computer and the network too, and each failed one says what to do', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  await using relay = await TestApp.start();
  const admin = adminOf(relay);
  const account = { provider: 'anthropic', secret: 'sk-ant-made-up', settings: {} } as const;
  await admin.createAccount({ ...account, name: 'reached', proxy: `http://127.0.0.1:${port}` });
  await admin.createAccount({ ...account, name: 'lost', proxy: 'http://127.0.0.1:1' });
  const { checks, healthy } = await admin.doctor({});
  taken.close();
  const outcomes = new Map(checks.map(({ name, outcome }) => [name, outcome]));
  const passed = ['node', 'data folder', 'database', 'port', 'listening', 'sharing', 'proxy of reached'];
  expect(passed.map((name) => [name, outcomes.get(name)])).toEqual(passed.map((name) => [name, 'pass']));
  expect([outcomes.get('proxy of lost'), healthy]).toEqual(['fail', false]);
  for (const { outcome, fix } of checks) if (outcome === 'fail') expect(fix).toMatch(/\w+/);
});

test('the command shows what would be in it, writes it for its owner alone, and writes over nothing', async () => {
  const dataDir = temporaryFolder();
  await runJson(['key', 'create', '--name', 'x'], { dataDir });
  const output = join(dataDir, 'for-help.tar.gz');
  const dry = await run(['diagnostics', '--dry-run', '--output', output], { dataDir });
  expect([dry.exitCode, existsSync(output)]).toEqual([0, false]);
  for (const name of names) expect(dry.stdout).toContain(name);
  await runJson(['diagnostics', '--output', output], { dataDir });
  expect(statSync(output).mode & 0o777).toBe(0o600);
  expect(unpacked(readFileSync(output), '-t').trim().split('\n')).toEqual(names);
  expect((await run(['diagnostics', '--output', output], { dataDir })).exitCode).toBe(2);
});

test('a database that cannot be opened does not keep the archive from being made', async () => {
  const dataDir = temporaryFolder();
  writeFileSync(join(dataDir, 'waystation.sqlite'), 'this is no database, and was never one. '.repeat(200));
  const output = join(dataDir, 'for-help.tar.gz');
  await runJson(['diagnostics', '--output', output], { dataDir });
  const checks = JSON.parse(unpacked(readFileSync(output), '-xO', 'checks.json'));
  expect(checks).toContainEqual(expect.objectContaining({ name: 'database file', outcome: 'fail' }));
});
