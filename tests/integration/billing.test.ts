import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { RawConnection, requestBytes } from '../support/raw-http.ts';
import { eventually, hello, helloWhole, TestApp, type TestAppOptions } from '../support/test-app.ts';
import { run, runJson, ServeProcess } from './cli-run.ts';

/** $3 and $15 for a million tokens: $0.0045. */
const usual = { usage: { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 } };
const real = 4_500_000;
const limits = (...texts: readonly string[]) => texts.map((text) => parseLimit(text, 'UTC'));

async function start(options: TestAppOptions): Promise<TestApp> {
  const relay = await TestApp.start(options);
  relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', usual) : undefined));
  return relay;
}

async function change(relay: TestApp, method: string, path: string, body: object): Promise<number> {
  const headers = { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' };
  return (await relay.request({ method, path: `/admin/api${path}`, headers, body: JSON.stringify(body) })).status;
}

const setMultipliers = (relay: TestApp, value: object) =>
  change(relay, 'PATCH', '/settings/billing.multipliers', { value });
const setOwn = (relay: TestApp, multiplier: number | null) =>
  change(relay, 'PATCH', `/keys/${relay.keyId}`, { multiplier });
const money = (rows: Awaited<ReturnType<TestApp['rows']>>) =>
  rows.map(({ costNanoUsd, billedNanoUsd, multiplier }) => [costNanoUsd, billedNanoUsd, multiplier]);
const holder = async (relay: TestApp, path: string) => (await relay.request({ path, headers: relay.headers() })).json();

describe('what a key pays', () => {
  test('a key that pays twice the cost is refused at half of it, and the account has spent the cost', async () => {
    const care = { caps: limits('cost=1usd/day') };
    await using relay = await start({
      account: { care },
      key: { multiplier: 2, limits: limits('cost=0.027usd/day,strict') },
    });
    const served = async () => {
      let count = 0;
      while ((await relay.messages(helloWhole)).status === 200) count += 1;
      return count;
    };
    // 0.027 is three calls at twice 0.0045; at once the cost there would be six.
    expect(await served()).toBe(3);
    const refused = await relay.messages(helloWhole);
    expect(refused.json()).toMatchObject({ error: { message: expect.stringContaining('$0.03 of $0.03 used') } });
    expect(money(await relay.rows())).toEqual([
      [real, 2 * real, 2],
      [real, 2 * real, 2],
      [real, 2 * real, 2],
    ]);
    const account = await relay.admin(`/accounts/${relay.account(0).account.id}`);
    expect(account).toMatchObject({ caps: [{ spent: 3 * real, held: 0 }] });
    // The same from the stored calls alone.
    await using again = await relay.restart();
    expect(await again.admin(`/keys/${relay.keyId}`)).toMatchObject({ standings: [{ spent: 6 * real, held: 0 }] });
    expect(await again.admin(`/accounts/${relay.account(0).account.id}`)).toMatchObject({
      caps: [{ spent: 3 * real }],
    });
    expect((await again.messages(helloWhole)).status).toBe(429);
  });

  test('services and keys are multiplied with each other, and a change counts from the next call on', async () => {
    await using relay = await start({});
    const gate = new Gate();
    relay.upstream.script([gated(says('A long answer of many words', usual), { 'mid-content': gate })]);
    await using client = await RawConnection.open(relay.port);
    await relay.send(client, hello);
    await client.until('content_block_delta');
    expect(await setMultipliers(relay, { anthropic: 1.1, openai: 7 })).toBe(200);
    expect(await setOwn(relay, 1.1)).toBe(200);
    gate.open();
    await client.reply();
    await relay.messages(helloWhole);
    expect(await setOwn(relay, null)).toBe(200);
    await relay.messages(helloWhole);
    expect(await setMultipliers(relay, {})).toBe(200);
    await relay.messages(helloWhole);
    expect(money(await relay.rowsOnce(4))).toEqual([
      [real, real, 1],
      [real, 5_445_000, 1.21],
      [real, 4_950_000, 1.1],
      [real, real, 1],
    ]);
    const check = await relay.admin('/usage/summary?by=key');
    expect(check).toMatchObject([{ costNanoUsd: 4 * real, billedNanoUsd: 2 * real + 5_445_000 + 4_950_000 }]);
    expect(await relay.app.parts.rollups.check()).toMatchObject({ differences: 0 });
  });

  test('what makes no sense is refused, and every change is in the record', async () => {
    await using relay = await start({});
    for (const wrong of [0, 0.009, 100.1, 1.0001, '2', -1]) {
      expect([wrong, await change(relay, 'PATCH', `/keys/${relay.keyId}`, { multiplier: wrong })]).toEqual([
        wrong,
        400,
      ]);
      expect([wrong, await setMultipliers(relay, { anthropic: wrong })]).toEqual([wrong, 400]);
    }
    expect(await setMultipliers(relay, { vertex: 2 })).toBe(400);
    await setOwn(relay, 0.5);
    await setMultipliers(relay, { gemini: 0.5 });
    const audit = JSON.stringify(await relay.admin('/audit'));
    expect(audit).toContain('"after":{"multiplier":0.5}');
    expect(audit).toContain('"after":{"value":{"gemini":0.5}}');
  });

  test('the holder sees what it pays and nothing else; the owner sees both', async () => {
    await using relay = await start({ key: { multiplier: 3, limits: limits('cost=1usd/day', 'cost=9usd/total') } });
    const answer = await relay.messages(helloWhole);
    expect(answer.header('x-waystation-limit-amount')).toBe('1000000000');
    // A likely answer of 64 tokens and what the request has: three times as much is held as it may cost.
    const size = Math.ceil(JSON.stringify(helloWhole).length / 4);
    const held = 3 * (size * 3_000 + 64 * 15_000);
    expect(answer.header('x-waystation-limit-remaining')).toBe(String(1_000_000_000 - held));
    await relay.rowsOnce(1);
    await setMultipliers(relay, { anthropic: 0.5 });
    const told = await Promise.all(
      ['/v1/me', '/v1/key-info', '/v1/usage?by=model', '/v1/usage'].map((path) => holder(relay, path)),
    );
    expect(told[1]).toMatchObject({ limits: [{ spent: 3 * real }, { spent: 3 * real }] });
    expect(told[2]).toMatchObject({ total: { costNanoUsd: 3 * real }, groups: [{ costNanoUsd: 3 * real }] });
    expect(told[3]).toMatchObject({ total: { costNanoUsd: 3 * real }, groups: [{ costNanoUsd: 3 * real }] });
    expect(JSON.stringify(told)).not.toMatch(new RegExp(`multiplier|billed|${real}\\b`, 'i'));
    const both = { costNanoUsd: real, billedNanoUsd: 3 * real };
    const [row] = await relay.rows();
    expect(await relay.admin('/usage')).toMatchObject([both]);
    expect(await relay.admin('/calls')).toMatchObject({ calls: [both] });
    expect(await relay.admin('/usage/summary')).toMatchObject([both]);
    expect(await relay.admin(`/usage/${row?.requestId}`)).toMatchObject({ call: { ...both, multiplier: 3 } });
    expect(await relay.admin('/usage/today')).toMatchObject({ total: both, byKey: [both], byAccount: [both] });
    expect(await relay.admin(`/keys/${relay.keyId}`)).toMatchObject({ multiplier: 3 });
  });

  test('the command line shows both where they differ, and nothing of it where they do not', async () => {
    await using relay = await start({ key: { multiplier: 2 } });
    const { dataDir } = relay;
    const say = async (...words: string[]) =>
      stripVTControlCharacters((await run(words, { dataDir, columns: 120 })).stdout);
    const all = async () => [
      await say('usage', 'list'),
      await say('usage', 'summary', '--by', 'key'),
      await say('usage', 'today'),
      await say('explain', 'last'),
    ];
    await relay.messages(helloWhole);
    await relay.rowsOnce(1);
    const [list, summary, today, explained] = await all();
    for (const text of [list, summary]) expect(text).toMatch(/COST +BILLED[\s\S]*\$0\.0045 +\$0\.0090/);
    expect(today).toMatch(/Cost +\$0\.0045\s+Billed +\$0\.0090/);
    expect(explained).toContain('Its key pays 2 times that: $0.0090.');
    const csv = await say('usage', 'export');
    expect(csv.split('\r\n')[0]).toMatch(/,costNanoUsd,multiplier,billedNanoUsd$/);
    expect(csv.split('\r\n')[1]).toMatch(/,4500000,2,9000000$/);
    const json = await say('usage', 'export', '--format', 'json');
    expect(JSON.parse(json)).toMatchObject([{ costNanoUsd: real, billedNanoUsd: 2 * real, multiplier: 2 }]);
    expect(await say('key', 'show', 'test')).toMatch(/Billed +2 times the cost/);
    await relay.app.parts.store.db.deleteFrom('usage').execute();
    await relay.app.parts.store.db.deleteFrom('usage_rollups').execute();
    expect(await say('key', 'update', 'test', '--no-multiplier')).not.toContain('Billed');
    // The relay of this process has not heard of what another one would have asked it to do.
    await relay.app.parts.keys.reload();
    await relay.messages(helloWhole);
    await relay.rowsOnce(1);
    expect((await all()).join('\n')).not.toMatch(/billed|key pays/i);
  });

  test('keys are made, imported and changed with a multiplier, many at once too', async () => {
    await using relay = await start({});
    const { dataDir } = relay;
    const made = (words: string[]) => runJson(words, { dataDir });
    expect(await made(['key', 'create', '--name', 'a', '--tag', 'crew', '--multiplier', '1.5'])).toMatchObject({
      multiplier: 1.5,
    });
    await made(['key', 'create', '--name', 'b', '--tag', 'crew', '--count', '2', '--multiplier', '0.25']);
    await made(['key', 'update', '--tagged', 'crew', '--multiplier', '3']);
    const multipliers = async () =>
      ((await relay.admin('/keys?tag=crew')) as { multiplier?: number }[]).map(({ multiplier }) => multiplier);
    expect(await multipliers()).toEqual([3, 3, 3]);
    await made(['key', 'update', '--tagged', 'crew', '--no-multiplier']);
    expect(await multipliers()).toEqual([undefined, undefined, undefined]);
    const wrong = await run(['key', 'update', 'a', '--multiplier', '1,5'], { dataDir });
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('such as 1.5')]);
    await relay.app.parts.keyRepository.importAll([
      { secret: `made-elsewhere-${'x'.repeat(30)}`, fields: { name: 'c', tags: ['crew'], multiplier: 2 } },
    ]);
    expect(await multipliers()).toEqual([undefined, undefined, undefined, 2]);
  });

  test('a call that a kill cut off pays with the multiplier that it was let in with', async () => {
    await using relay = await start({ config: { limits: { drainMs: 1 } } });
    const { dataDir } = relay;
    await setMultipliers(relay, { anthropic: 2 });
    await relay.app.stop();
    await using served = await ServeProcess.start(dataDir);
    const gate = new Gate();
    relay.upstream.answer(({ request }) =>
      request.method === 'POST'
        ? gated(says('A long answer of many words', usual), { 'mid-content': gate })
        : undefined,
    );
    const port = Number(new URL(served.url).port);
    await using client = await RawConnection.open(port);
    const call = { method: 'POST', path: '/v1/messages', body: JSON.stringify(hello), headers: relay.headers() };
    await client.send(requestBytes(port, call));
    await client.until('content_block_delta');
    await served.end('SIGKILL');
    gate.open();
    await runJson(['settings', 'set', 'billing.multipliers', '--value', '{"anthropic":50}'], { dataDir });
    await using again = await ServeProcess.start(dataDir);
    const rows = await eventually(async () => {
      const found = (await runJson(['usage', 'list'], { dataDir })) as Record<string, unknown>[];
      return found.length > 0 ? found : undefined;
    });
    expect(again.url).toBeDefined();
    const [row] = rows;
    expect(row).toMatchObject({ status: 'aborted', multiplier: 2 });
    expect(row?.['billedNanoUsd']).toBe(2 * Number(row?.['costNanoUsd']));
    expect(Number(row?.['costNanoUsd'])).toBeGreaterThan(0);
  });
});
