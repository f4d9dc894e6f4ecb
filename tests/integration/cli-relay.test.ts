import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { widthOf } from '../../app/cli/text.ts';
import { createdKey } from '../../app/server/admin/contract-keys.ts';
import { usageEntry } from '../../app/server/admin/contract-usage.ts';
import { refuses } from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { hello } from '../support/test-app.ts';
import { run, runJson, ServeProcess, spawnServe } from './cli-run.ts';

const ready = z.object({ pid: z.int(), url: z.string(), version: z.string(), state: z.string(), adminUrl: z.string() });

describe('serve', () => {
  test('tells where it is, how to sign in, and how to point Claude Code at it', async () => {
    const dataDir = temporaryFolder();
    const { promise: signalled, resolve: onReady } = Promise.withResolvers<void>();
    let end = (): void => undefined;
    const served = run(['serve', '--port', '0'], {
      dataDir,
      onSignal: (listener) => {
        end = listener;
        return () => undefined;
      },
      onOutput: (stdout) => stdout.includes('Ctrl+C') && onReady(),
    });
    await signalled;
    const runtime = z
      .object({ url: z.string() })
      .parse(JSON.parse(readFileSync(join(dataDir, 'runtime.json'), 'utf8')));
    expect(statSync(join(dataDir, 'runtime.json')).mode & 0o777).toBe(0o600);
    end();
    const { exitCode, stdout } = await served;
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Admin UI  ${runtime.url}/admin/#ticket=`);
    expect(stdout).toContain(`export ANTHROPIC_BASE_URL=${runtime.url}\n`);
    expect(stdout).toContain(dataDir);
    expect(stdout).toMatch(/Secrets +data key in a file/);
    expect(existsSync(join(dataDir, 'runtime.json'))).toBe(false);
  });

  test('all wrong settings are reported together, each with its fix', async () => {
    const words = ['serve', '--port', '70000', '--host', 'nowhere', '--log-level', 'loud'];
    const { exitCode, stdout, stderr } = await run(words, {
      dataDir: temporaryFolder(),
      env: { WAYSTATION_REDIS_URL: 'x' },
    });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^4 settings are wrong:/);
    for (const name of ['--port', '--host', '--log-level', 'WAYSTATION_REDIS_URL'])
      expect(stderr).toContain(`- ${name} is `);
  });

  test('SIGTERM and SIGINT both end it with exit code 0', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      await using relay = await ServeProcess.start(temporaryFolder());
      expect(await relay.end(signal)).toBe(0);
    }
  });
});

function launch(dataDir: string) {
  const child = spawnServe(dataDir, ['--json']);
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    stdout: readAll(child.stdout),
    stderr: readAll(child.stderr),
    ended: once(child, 'exit').then(() => child),
  };
}

describe('D19 port-taken / second instance', () => {
  test('a second launch on the same data says where the first one runs, and ends well', async () => {
    const dataDir = temporaryFolder();
    await using relay = await ServeProcess.start(dataDir);
    const people = await run(['serve', '--port', '0'], { dataDir });
    expect(people.exitCode).toBe(0);
    expect(people.stdout).toMatch(/^Waystation already runs on this data folder\.\n/);
    expect(people.stdout).toContain(`${relay.url}/admin/#ticket=`);
    const script = await run(['serve', '--port', '0', '--json'], { dataDir });
    expect(ready.parse(JSON.parse(script.stdout))).toMatchObject({ pid: relay.pid, url: relay.url, state: 'running' });
  });

  test('two launches at once make one relay, and both know its address', async () => {
    const dataDir = temporaryFolder();
    const launches = [launch(dataDir), launch(dataDir)];
    const first = await Promise.race(launches.map(({ ended }) => ended));
    const other = launches.find(({ child }) => child !== first);
    const [early] = launches.filter(({ child }) => child === first);
    if (!early || !other) throw new Error('there is no other launch');
    const handedOver = ready.parse(JSON.parse(await early.stdout));
    expect([first.exitCode, handedOver.pid]).toEqual([0, other.child.pid]);
    other.child.kill('SIGTERM');
    await other.ended;
    expect(ready.parse(JSON.parse(await other.stdout)).url).toBe(handedOver.url);
  });

  test('a port that another program has is named, no other one is taken, and the data folder is free again', async () => {
    const dataDir = temporaryFolder();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    try {
      const { exitCode, stdout, stderr } = await run(['serve', '--port', String(port)], { dataDir });
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr.replaceAll('\n', ' ')).toContain(`Port ${port} on 127.0.0.1 is taken by another program.`);
      const doctor = await run(['doctor', '--port', String(port)], { dataDir });
      expect(doctor).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/FAIL +port/) });
    } finally {
      other.close();
    }
    await using relay = await ServeProcess.start(dataDir);
    expect(await runJson(['status'], { dataDir })).toMatchObject({ state: 'running', url: relay.url });
  });

  test('what a killed relay left behind does not count as a running one', async () => {
    const dataDir = temporaryFolder();
    await using relay = await ServeProcess.start(dataDir);
    const runtimeFile = join(dataDir, 'runtime.json');
    await relay.end('SIGKILL');
    expect(existsSync(runtimeFile)).toBe(true);
    expect(await runJson(['status'], { dataDir })).toMatchObject({ state: 'stopped', pid: null });
    await runJson(['key', 'create', '--name', 'direct'], { dataDir });
    // The number may belong to somebody else by now, and so may the port.
    const left = JSON.parse(readFileSync(runtimeFile, 'utf8'));
    writeFileSync(runtimeFile, JSON.stringify({ ...left, pid: process.ppid }));
    expect(await runJson(['status'], { dataDir })).toMatchObject({ state: 'stopped' });
    rmSync(runtimeFile);
    await using again = await ServeProcess.start(dataDir);
    expect(await runJson(['key', 'list'], { dataDir })).toMatchObject([{ name: 'direct' }]);
    expect(again.pid).not.toBe(relay.pid);
  });
});

test('open prints an address whose ticket signs in once', async () => {
  const dataDir = temporaryFolder();
  await using relay = await ServeProcess.start(dataDir);
  const { url } = z.object({ url: z.string() }).parse(await runJson(['open'], { dataDir }));
  const [address, ticket] = url.split('#ticket=');
  expect(address).toBe(`${relay.url}/admin/`);
  const exchange = () =>
    fetch(`${relay.url}/admin/api/session`, {
      method: 'POST',
      headers: { origin: relay.url, 'x-waystation-csrf': '1', 'content-type': 'application/json' },
      body: JSON.stringify({ ticket }),
    });
  expect([(await exchange()).status, (await exchange()).status]).toEqual([200, 401]);
});

test('accounts, keys, calls and their explanation through a running relay, and no secret in any of it', async () => {
  const dataDir = temporaryFolder();
  const busy = await FakeAnthropic.start();
  const spare = await FakeAnthropic.start();
  await using relay = await ServeProcess.start(dataDir);
  try {
    const said: string[] = [];
    const say = async (...words: string[]) => {
      const { exitCode, stdout, stderr } = await run(words, { dataDir });
      said.push(stdout, stderr);
      expect([words, exitCode, stderr]).toEqual([words, 0, '']);
      return stdout;
    };
    for (const [name, { url }] of Object.entries({ busy, spare })) {
      const priority = name === 'busy' ? '1' : '2';
      const words = ['account', 'add', '--provider', 'anthropic', '--name', name, '--priority', priority];
      const place = ['--base-url', url, '--allow-local-upstream', '--secret-stdin'];
      said.push((await run([...words, ...place], { dataDir, stdin: `sk-ant-CANARY-${name}` })).stdout);
    }
    const { key } = createdKey.parse(await runJson(['key', 'create', '--name', 'laptop'], { dataDir }));
    const call = (body: object, more: Readonly<Record<string, string>> = {}) =>
      fetch(`${relay.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...more },
        body: JSON.stringify(body),
      }).then((response) => response.text());
    busy.script([refuses(429, { headers: { 'retry-after': '600' } })]);
    await call(hello);
    await call({ ...hello, model: 'claude-invented-9' }, { 'x-waystation-project': 'site' });

    const [newest, oldest] = z.array(usageEntry).parse(await runJson(['usage', 'list', '--since', '1h'], { dataDir }));
    if (!newest || !oldest) throw new Error('there are no calls');
    expect([newest.model, newest.costNanoUsd, oldest.attempts.length]).toEqual(['claude-invented-9', null, 2]);
    expect(
      await runJson(['usage', 'list', '--limit', '1', '--key', 'laptop', '--account', 'spare'], { dataDir }),
    ).toEqual([newest]);
    expect(await runJson(['usage', 'summary', '--by', 'key'], { dataDir })).toMatchObject([
      { calls: 2, unpricedCalls: 1 },
    ]);

    const list = await say('usage', 'list');
    expect(list).toContain(oldest.requestId.slice(-8));
    expect(list).toMatch(/The price of 1 call is unknown/);
    expect(await say('usage', 'summary', '--by', 'account')).toMatch(/spare +2 /);
    const story = (await say('explain', oldest.requestId.slice(-8))).replaceAll(/\s+/g, ' ');
    expect(story).toContain('The key "laptop" asked for claude-sonnet-4-5 (messages).');
    expect(story).toContain('busy was the first choice: priority 1');
    expect(story).toMatch(/1\. busy did not serve it after .* \(status 429\): it was at its limit/);
    expect(story).toMatch(/2\. spare served it \(status 200/);
    expect(story).toMatch(/As the upstream reported them: \d+ input, .*\d+ output\./);
    expect(story).toMatch(/\$0\.\d+ in all\. .* Prices of claude-sonnet-4-5, from the table /);
    const other = (await say('explain', 'last')).replaceAll(/\s+/g, ' ');
    expect(other).toMatch(/busy was skipped, because it was at its limit until \d{4}-/);
    expect(other).toContain('The price of this model, or of something that the call used, is unknown');

    expect(await say('usage', 'recompute', '--check')).toContain('Difference: 0.');
    expect(await say('usage', 'retention', '--days', '400')).toContain('Calls of the last 400 days are kept.');
    const days = await say('usage', 'summary', '--by', 'day', '--time-zone', 'Asia/Tokyo');
    expect(days).toMatch(/DAY \(Asia\/Tokyo\)[\s\S]*\n\d{4}-\d{2}-\d{2} +2 /);
    expect(await runJson(['usage', 'summary', '--by', 'project'], { dataDir })).toMatchObject([
      { group: null, calls: 1 },
      { group: 'site', calls: 1 },
    ]);
    const { stdout: csv } = await run(['usage', 'export', '--since', '1h'], { dataDir });
    const [head, ...lines] = csv.trimEnd().split('\r\n');
    expect(head).toMatch(/^requestId,startedAt,.*,costNanoUsd,multiplier,billedNanoUsd$/);
    expect(lines.map((line) => line.split(',').slice(-3))).toEqual([
      ['', '1', ''],
      [String(oldest.costNanoUsd), '1', String(oldest.costNanoUsd)],
    ]);
    expect(await runJson(['usage', 'export'], { dataDir })).toEqual([newest, oldest]);

    for (const words of [['status'], ['account', 'list'], ['account', 'show', 'busy'], ['key', 'list'], ['doctor']])
      await say(...words);
    for (const line of said.join('').split('\n')) {
      if (!line.includes(dataDir)) expect(widthOf(line)).toBeLessThanOrEqual(80);
    }
    const printed = said.join('');
    expect(printed).toContain('busy');
    for (const secret of ['CANARY', key]) expect(printed).not.toContain(secret);
  } finally {
    await Promise.all([busy.close(), spare.close()]);
  }
});
