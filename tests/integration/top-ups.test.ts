import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { overHttp } from '../../app/cli/client.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import type { TopUpRepository } from '../../app/keys/top-up-repository.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';
import { run, runJson } from './cli-run.ts';

const limits = (...texts: readonly string[]) => texts.map((text) => parseLimit(text, 'UTC'));
const dayMs = 86_400_000;

const adminOf = (relay: TestApp) => overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
const status = async (relay: TestApp) => (await relay.messages(helloWhole)).status;

async function codeFor(relay: TestApp, input: Parameters<TopUpRepository['createAll']>[0]): Promise<string> {
  const [issued] = await adminOf(relay).createTopUps(input);
  return issued?.code ?? '';
}

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function redeem(relay: TestApp, body: unknown, { path = '/v1/top-up', method = 'POST', headers }: Sent = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return await relay.request({ method, path, headers: relay.headers(headers), body: text });
}

describe('the holder of a key redeems a code', () => {
  test('a key whose total is used up serves the next call, and what was spent still counts', async () => {
    await using relay = await TestApp.start({ key: { limits: limits('requests=1/total', 'requests=9/day') } });
    const code = await codeFor(relay, { measure: 'requests', amount: 2 });
    expect([await status(relay), await status(relay)]).toEqual([200, 429]);
    const redeemed = await redeem(relay, { code });
    expect([redeemed.status, redeemed.json()]).toMatchObject([
      200,
      { redeemed: { measure: 'requests', amount: 2 }, limits: [{ amount: 3, spent: 1, remaining: 2 }, { amount: 9 }] },
    ]);
    expect(await redeem(relay, { code })).toMatchObject({ status: 400 });
    expect([await status(relay), await status(relay), await status(relay)]).toEqual([200, 200, 429]);
    expect(await adminOf(relay).showKey({ id: relay.keyId })).toMatchObject({
      limits: [{ amount: 1 }, { amount: 9 }],
      standings: [{ amount: 3, spent: 3 }, { amount: 9 }],
    });
    // It is no call.
    expect(await relay.rows()).toHaveLength(3);
  });

  test('of many at once one counts, the others are told, and a restart forgets nothing', async () => {
    await using relay = await TestApp.start({ key: { limits: limits('requests=1/total') } });
    const code = await codeFor(relay, { measure: 'requests', amount: 1 });
    const replies = await Promise.all(Array.from({ length: 20 }, () => redeem(relay, { code })));
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
    for (const reply of replies.filter((one) => one.status !== 200)) {
      expect(reply.json()).toMatchObject({ error: { message: expect.stringContaining('redeemed this code already') } });
    }
    await using again = await relay.restart();
    expect([await status(again), await status(again), await status(again)]).toEqual([200, 200, 429]);
  });

  test.each(['/api/v1/top-up', '/claude/v1/top-up', '/openai/top-up', '/gemini/top-up'])(
    'also below the prefixes of the other pages: %s',
    async (path) => {
      await using relay = await TestApp.start({ key: { expiresAt: Date.now() + dayMs } });
      const code = await codeFor(relay, { extendMs: dayMs });
      expect((await redeem(relay, { code }, { path })).json()).toMatchObject({
        redeemed: { extendMs: dayMs },
        expiresAt: expect.any(Number),
      });
    },
  );

  test.each([
    ['a field it may not set', (code: string) => ({ code, keyId: 'key_other' }), 'keyId'],
    ['an amount of its own', (code: string) => ({ code, amount: 1e9 }), 'amount'],
    ['no code', () => ({}), 'code'],
    ['a code that is no text', () => ({ code: 7 }), 'code'],
    ['what is no JSON', (code: string) => `{"code": "${code}`, 'not valid JSON'],
  ])('Q16 mass-assignment: a body with %s is refused and redeems nothing', async (_, body, named) => {
    await using relay = await TestApp.start({ key: { limits: limits('cost=1usd/total') } });
    const code = await codeFor(relay, { measure: 'cost', amount: 1e9 });
    const refused = await redeem(relay, body(code));
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(named)]);
    expect(refused.text).not.toContain(code);
    expect((await redeem(relay, { code }, { path: '/v1/top-up?keyId=key_other' })).status).toBe(400);
    expect((await redeem(relay, { code }, { method: 'GET' })).status).toBe(405);
    expect(await adminOf(relay).listTopUps({ state: 'open' })).toHaveLength(1);
  });

  test('without a right key nothing is redeemed', async () => {
    await using relay = await TestApp.start({ key: { limits: limits('cost=1usd/total') } });
    const code = await codeFor(relay, { measure: 'cost', amount: 1e9 });
    for (const secret of [`wsk_${'A'.repeat(43)}`, '']) {
      expect((await redeem(relay, { code }, { headers: { 'x-api-key': secret } })).status).toBe(401);
    }
    expect(await adminOf(relay).listTopUps({ state: 'open' })).toHaveLength(1);
  });

  test('a key that tries codes has to wait, also with a right one, while its calls and other keys go on', async () => {
    await using relay = await TestApp.start({ key: { limits: limits('cost=9usd/total') } });
    const code = await codeFor(relay, { measure: 'cost', amount: 1e9 });
    const wrong = await Promise.all(
      Array.from({ length: 50 }, (_, index) => redeem(relay, { code: `${10_000_000 + index}-00000000` })),
    );
    expect(new Set(wrong.map((reply) => reply.status))).toEqual(new Set([400]));
    const waits = await redeem(relay, { code });
    expect([waits.status, Number(waits.header('retry-after')) > 0]).toEqual([429, true]);
    expect(await status(relay)).toBe(200);
    const other = await relay.app.parts.keyRepository.create({ name: 'other', limits: limits('cost=1usd/total') });
    expect((await redeem(relay, { code }, { headers: { 'x-api-key': other.secret } })).status).toBe(200);
  });
});

describe('the holder of a key that has expired', () => {
  const from = async (relay: TestApp, path: string, secret = relay.secret) =>
    (await relay.request({ path, headers: relay.headers({ 'x-api-key': secret }) })).status;

  test.each([
    ['at its date', { expiresAt: Date.now() + dayMs }],
    ['some time after its first use', { lifetimeMs: 60_000 }],
  ])('%s redeems time with it and is served again, and is let in nowhere else before', async (_, key) => {
    const clock = manualClock(Date.now());
    await using relay = await TestApp.start({ key, ports: { clock } });
    const code = await codeFor(relay, { extendMs: dayMs });
    await status(relay);
    clock.advance(2 * dayMs);
    expect((await relay.messages(helloWhole)).json()).toMatchObject({
      error: { message: expect.stringContaining('POST /v1/top-up') },
    });
    for (const path of ['/v1/me', '/v1/key-info', '/v1/usage', '/v1/models'])
      expect([path, await from(relay, path)]).toEqual([path, 401]);
    expect((await redeem(relay, { code }, { method: 'GET' })).status).toBe(405);
    expect((await redeem(relay, { code: 'ZZZZZZZZ-ZZZZZZZZ' })).status).toBe(400);
    expect(await status(relay)).toBe(401);
    const redeemed = await redeem(relay, { code });
    expect([redeemed.status, redeemed.json()]).toMatchObject([200, { expiresAt: clock.now() + dayMs }]);
    expect([await status(relay), await from(relay, '/v1/me')]).toEqual([200, 200]);
  });

  test('redeems nothing when it is disabled, elsewhere than it may be used, in the trash, or with a secret that was replaced', async () => {
    const clock = manualClock(Date.now());
    await using relay = await TestApp.start({ key: { expiresAt: Date.now() + dayMs }, ports: { clock } });
    const { keyRepository } = relay.app.parts;
    const code = await codeFor(relay, { extendMs: dayMs });
    const { secret = '' } = (await keyRepository.rotate(relay.keyId, dayMs)) ?? {};
    clock.advance(2 * dayMs);
    const tried = async (given = secret) => (await redeem(relay, { code }, { headers: { 'x-api-key': given } })).status;
    expect(await tried(relay.secret)).toBe(401);
    await keyRepository.update(relay.keyId, { isEnabled: false });
    expect(await tried()).toBe(401);
    await keyRepository.update(relay.keyId, { isEnabled: true, addresses: ['10.0.0.0/8'] });
    expect(await tried()).toBe(403);
    await keyRepository.update(relay.keyId, { addresses: [] });
    await keyRepository.remove(relay.keyId);
    expect(await tried()).toBe(401);
    await keyRepository.restore(relay.keyId);
    expect(await tried()).toBe(200);
  });
});

describe('who runs it redeems a code for a key', () => {
  test('a key that has expired is served again, and the record says who changed what', async () => {
    await using relay = await TestApp.start();
    await relay.app.parts.keyRepository.update(relay.keyId, { expiresAt: Date.now() - dayMs });
    const operations = adminOf(relay);
    const code = await codeFor(relay, { extendMs: dayMs, note: 'for Ada' });
    expect(await status(relay)).toBe(401);
    const { topUp, keyExpiresAt = 0 } = await operations.redeemTopUp({ code, keyId: relay.keyId });
    expect(topUp).toMatchObject({ state: 'redeemed', redeemedBy: relay.keyId, keyName: 'test', note: 'for Ada' });
    expect(Math.abs(keyExpiresAt - Date.now() - dayMs)).toBeLessThan(60_000);
    expect(await status(relay)).toBe(200);
    const audit = await relay.app.parts.store.db
      .selectFrom('audit')
      .selectAll()
      .where('action', '=', 'redeemTopUp')
      .execute();
    expect(audit.map(({ kind, object }) => `${kind} ${object}`).sort()).toEqual([
      `key ${relay.keyId}`,
      `top-up ${topUp.id}`,
    ]);
    expect(JSON.stringify(await relay.app.parts.store.db.selectFrom('audit').selectAll().execute())).not.toContain(
      code,
    );
  });

  test('a code is answered where it is made and nowhere else', async () => {
    await using relay = await TestApp.start();
    const operations = adminOf(relay);
    const issued = await operations.createTopUps({ count: 3, measure: 'tokens', amount: 5 });
    const listed = await operations.listTopUps({});
    expect(listed.map(({ ending }) => ending)).toEqual(issued.map(({ code }) => code.slice(-4)));
    for (const { code } of issued) expect(JSON.stringify(listed)).not.toContain(code.slice(0, 8));
    const [{ id = '' } = {}] = issued;
    expect(await operations.disableTopUp({ id })).toMatchObject({ state: 'disabled' });
    expect((await operations.listTopUps({ state: 'open' })).map((one) => one.id)).not.toContain(id);
    await expect(operations.disableTopUp({ id: 'top_none' })).rejects.toMatchObject({ kind: 'not-found' });
    await expect(operations.redeemTopUp({ code: 'x', keyId: 'key_none' })).rejects.toMatchObject({ kind: 'not-found' });
    await expect(operations.redeemTopUp({ code: 'x', keyId: relay.keyId })).rejects.toMatchObject({
      kind: 'request-invalid',
      message: expect.stringContaining('no such top-up code'),
    });
  });
});

describe('top-up codes on the command line', () => {
  const made = z.array(z.object({ id: z.string(), code: z.string(), ending: z.string() }));

  test('made in a batch, listed, disabled, redeemed and told of afterwards', async () => {
    const dataDir = temporaryFolder();
    await runJson(['key', 'create', '--name', 'laptop', '--limit', 'cost=10usd/total', '--expires', '1d'], { dataDir });
    const words = ['topup', 'create', '--quota', 'cost=5usd', '--time', '30d', '--count', '2', '--note', 'gift'];
    const [first, second] = made.parse(await runJson(words, { dataDir }));
    const text = (await run(['topup', 'create', '--quota', 'tokens=2m'], { dataDir })).stdout;
    expect(text).toMatch(/[0-9A-Z]{8}-[0-9A-Z]{8} +2,000,000 tokens\n\n1 code made\. Copy/);
    const redeemed = await run(['topup', 'redeem', '--key', 'laptop', '--stdin'], {
      dataDir,
      stdin: `${first?.code}\n`,
    });
    expect(redeemed.stdout).toMatch(/^laptop got \$5\.00 and 30 d\. It works until \d{4}-/);
    expect(await runJson(['key', 'show', 'laptop'], { dataDir })).toMatchObject({ standings: [{ amount: 15e9 }] });
    const again = await run(['topup', 'redeem', '--key', 'laptop', '--stdin'], { dataDir, stdin: `${first?.code}\n` });
    expect([again.exitCode === 0, again.stderr]).toEqual([false, expect.stringContaining('a code counts once')]);
    expect((await run(['topup', 'disable', second?.id ?? ''], { dataDir })).stdout).toContain('is disabled');
    expect(await runJson(['topup', 'list', '--key', 'laptop'], { dataDir })).toMatchObject([
      { id: first?.id, state: 'redeemed', keyName: 'laptop', redeemedAt: expect.any(Number), amount: 5e9 },
    ]);
    const listed = (await run(['topup', 'list'], { dataDir })).stdout;
    expect(listed).toMatch(new RegExp(`^…${first?.ending} +\\$5\\.00 and 30 d +redeemed`, 'm'));
    expect(listed).not.toContain(first?.code.slice(0, 8));
    expect(await runJson(['topup', 'list', '--state', 'disabled'], { dataDir })).toMatchObject([{ id: second?.id }]);
  });

  test.each([
    [['create'], 'Say what the codes give'],
    [['create', '--quota', 'cost=5'], '--quota must be an amount'],
    [['create', '--quota', 'cost=5usd/day'], '--quota must be an amount'],
    [['create', '--quota', 'tokens:claude-*=5'], '--quota must be an amount'],
    [['create', '--time', 'soon'], '--time must be a span'],
    [['list', '--state', 'lost'], '--state must be open or redeemed'],
    [['disable', 'ZZZZ'], 'There is no code with this id'],
    [['redeem', '--key', 'laptop'], 'Pipe it in and add --stdin'],
  ])('topup %j is told what to write', async (words, message) => {
    const refused = await run(['topup', ...words], { dataDir: temporaryFolder() });
    expect([refused.exitCode === 0, refused.stderr]).toEqual([false, expect.stringContaining(message)]);
  });
});
