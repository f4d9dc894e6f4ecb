import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { KeyDirectory } from '../../app/keys/directory.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { KeyRepository } from '../../app/keys/repository.ts';
import { newSecret } from '../../app/keys/secret.ts';
import { readUses } from '../../app/keys/uses.ts';
import { apiKey } from '../../app/server/admin/contract-keys.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { RawConnection } from '../support/raw-http.ts';
import { claudeCodeHeaders } from '../support/subscription.ts';
import { hello, helloWhole, TestApp } from '../support/test-app.ts';

type Repository = TestApp['app']['parts']['keyRepository'];

/** A call that is in the middle of its answer until `gate` opens. */
async function startStream(relay: TestApp) {
  const gate = new Gate();
  relay.upstream.answer(({ request }) =>
    request.method === 'POST' ? gated(says('whole to the end'), { 'mid-content': gate }) : undefined,
  );
  const client = await RawConnection.open(relay.port);
  await relay.send(client);
  await client.until('content_block_start');
  return { gate, client };
}

const refusalOf = async (relay: TestApp, body: unknown = helloWhole) => {
  const { status, text } = await relay.messages(body);
  return [status, /disabled|expired|not known|was removed|may not|only/.exec(text)?.[0]];
};

describe('Q07 key-revoked-midstream', () => {
  test.each<[string, unknown, (keys: Repository, id: string) => Promise<unknown>]>([
    ['disabled', [401, 'disabled'], (keys, id) => keys.update(id, { isEnabled: false })],
    ['in the trash', [401, 'was removed'], (keys, id) => keys.remove(id)],
    ['removed for good', [401, 'not known'], (keys, id) => keys.removeForGood([id])],
    ['rotated without grace', [401, 'not known'], (keys, id) => keys.rotate(id, 0)],
  ])(
    'Q07 key-revoked-midstream: once %s the next call is refused at once, and the running stream ends whole with its row',
    async (_, refusal, revoke) => {
      await using relay = await TestApp.start();
      const { gate, client } = await startStream(relay);
      await revoke(relay.app.parts.keyRepository, relay.keyId);
      expect(await refusalOf(relay)).toEqual(refusal);
      gate.open();
      const reply = await client.reply();
      expect([reply.status, reply.isWhole, reply.body.toString()]).toEqual([
        200,
        true,
        expect.stringMatching(/message_stop/),
      ]);
      expect(await relay.rowsOnce(1)).toMatchObject([{ keyId: relay.keyId, status: 'completed' }]);
    },
  );
});

describe('Q08 key-expires / edited mid-flight', () => {
  test('Q08 key-expires: a stream that began before the end runs to its own, and the next call is refused', async () => {
    const clock = manualClock();
    await using relay = await TestApp.start({ ports: { clock }, key: { expiresAt: clock.now() + 60_000 } });
    const { gate, client } = await startStream(relay);
    clock.advance(60_000);
    expect(await refusalOf(relay)).toEqual([401, 'expired']);
    gate.open();
    expect(await client.reply()).toMatchObject({ status: 200, isWhole: true });
    expect(await relay.rowsOnce(1)).toMatchObject([{ status: 'completed' }]);
  });

  test('Q08 key-edited: what is changed while a call runs holds for the next one', async () => {
    await using relay = await TestApp.start();
    const { keyRepository: keys } = relay.app.parts;
    const { gate, client } = await startStream(relay);
    await keys.update(relay.keyId, { deniedModels: ['claude-sonnet-*'] });
    expect(await refusalOf(relay)).toEqual([403, 'may not']);
    await keys.update(relay.keyId, { deniedModels: [], addresses: ['10.0.0.0/8'] });
    expect(await refusalOf(relay)).toEqual([403, 'may not']);
    await keys.update(relay.keyId, { addresses: [], limits: [parseLimit('requests=1/day', 'UTC')], maxConcurrent: 1 });
    gate.open();
    expect(await client.reply()).toMatchObject({ status: 200, isWhole: true });
    expect((await relay.messages(helloWhole)).status).toBe(429);
    expect(relay.upstream.calls).toHaveLength(1);
  });
});

test('Q14 key-guess: wrong keys are refused without one question to the database or one row', async () => {
  await using relay = await TestApp.start();
  const { store } = relay.app.parts;
  const executor: { executeQuery(): unknown } = Object.getPrototypeOf(store.db.getExecutor());
  const [read, write] = [vi.spyOn(executor, 'executeQuery'), vi.spyOn(store, 'write')];
  await relay.app.parts.keyRepository.revision();
  expect(read).toHaveBeenCalledTimes(1);
  const guesses = Array.from({ length: 49 }, newSecret);
  const statuses = new Set<number>();
  for (let at = 0; at < guesses.length; at += 50) {
    const some = guesses.slice(at, at + 50).map((guess) => relay.messages(helloWhole, { 'x-api-key': guess }));
    for (const { status } of await Promise.all(some)) statuses.add(status);
  }
  expect([[...statuses], read.mock.calls.length, write.mock.calls.length]).toEqual([[401], 1, 0]);
  vi.restoreAllMocks();
  expect(await relay.rows()).toEqual([]);
  expect((await relay.messages(helloWhole)).status).toBe(200);
});

describe('a key may be used', () => {
  const shapes: readonly [string, object][] = [
    ['/v1/messages', { type: 'error', error: { type: 'permission_error' } }],
    ['/v1/chat/completions', { error: { code: 'address_not_allowed' } }],
    ['/v1/responses', { error: { code: 'address_not_allowed' } }],
    ['/v1beta/models/gemini-3-pro:generateContent', { error: { code: 403, status: 'PERMISSION_DENIED' } }],
  ];
  test.each(shapes)('from its addresses only: %s says so in its own way', async (path, expected) => {
    await using relay = await TestApp.start({ key: { addresses: ['10.0.0.0/8', 'fd00::/8'] } });
    const body = JSON.stringify({ ...helloWhole, input: 'Hello', contents: [] });
    const reply = await relay.request({ method: 'POST', path, body, headers: relay.headers() });
    expect([reply.status, reply.header('x-should-retry')]).toEqual([403, 'false']);
    expect(reply.json()).toMatchObject(expected);
    expect(reply.text).not.toMatch(/10\.0|127\./);
    expect((await relay.request({ path: '/v1/models', headers: relay.headers() })).status).toBe(403);
    await relay.app.parts.keyRepository.update(relay.keyId, { addresses: ['127.0.0.1'] });
    expect((await relay.messages(helloWhole)).status).toBe(200);
  });

  test('by its programs only, as far as they can be told apart', async () => {
    await using relay = await TestApp.start({ key: { clients: ['claude-code', 'codex'] } });
    const refused = await relay.messages(helloWhole, { 'user-agent': 'curl/8' });
    expect([refused.status, refused.header('x-should-retry')]).toEqual([403, 'false']);
    expect(refused.text).toContain('for claude-code and codex only');
    const other = await relay.messages(helloWhole, { 'user-agent': 'GeminiCLI/1.2' });
    expect(other.text).toContain('looks like gemini-cli');
    expect((await relay.messages(helloWhole, claudeCodeHeaders())).status).toBe(200);
    expect(relay.upstream.calls).toHaveLength(1);
  });

  test.each([
    'claude-opus-4-5',
    'Claude-OPUS-4-5',
    'claude-opus-4-5-20251101',
    'claude-opus-4-5[1m]',
    'us.anthropic.claude-opus-4-5-v1:0',
    'arn:aws:bedrock:us-east-1:1:application-inference-profile/abc',
    'best',
  ])('for models that are not denied, however they are spelled: %s', async (model) => {
    await using relay = await TestApp.start({ key: { deniedModels: ['claude-opus-*'] } });
    const { aliases, catalogue } = relay.app.parts;
    await aliases.set({ name: 'best', target: 'claude-opus-4-5' });
    await catalogue.reload();
    const refused = await relay.messages({ ...helloWhole, model });
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('all but claude-opus-*')]);
    expect((await relay.messages(helloWhole)).status).toBe(200);
    const models = await relay.request({ path: '/v1/models', headers: relay.headers() });
    expect(models.text).not.toContain('claude-opus');
  });
});

describe('a lifetime', () => {
  const dayMs = 86_400_000;

  test('begins with the first call that is let in, once for all at the same time, and survives a restart', async () => {
    const clock = manualClock();
    await using relay = await TestApp.start({ ports: { clock }, key: { lifetimeMs: dayMs, models: ['claude-*'] } });
    const { keyRepository: keys } = relay.app.parts;
    clock.advance(40 * dayMs);
    expect((await relay.messages({ ...helloWhole, model: 'gpt-6' })).status).toBe(403);
    expect((await keys.find(relay.keyId))?.activatedAt).toBeUndefined();
    const replies = await Promise.all(Array.from({ length: 20 }, () => relay.messages(helloWhole)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const activatedAt = (await keys.find(relay.keyId))?.activatedAt ?? 0;
    expect(activatedAt).toBe(clock.now());
    await using again = await relay.restart();
    clock.advance(dayMs - 1);
    expect((await again.messages(helloWhole)).status).toBe(200);
    clock.advance(1);
    expect(await refusalOf(again)).toEqual([401, 'expired']);
    expect((await again.app.parts.keyRepository.find(relay.keyId))?.activatedAt).toBe(activatedAt);
  });

  test('ends at the date of the key where that is sooner', async () => {
    const clock = manualClock();
    const expiresAt = clock.now() + 1_000;
    await using relay = await TestApp.start({ ports: { clock }, key: { lifetimeMs: dayMs, expiresAt } });
    expect((await relay.messages(helloWhole)).status).toBe(200);
    clock.advance(1_000);
    expect(await refusalOf(relay)).toEqual([401, 'expired']);
  });
});

describe('the last use of a key', () => {
  const lastUse = async (relay: TestApp) => apiKey.parse(await relay.admin(`/keys/${relay.keyId}`)).lastUse;

  test('is shown at once, and stored when the relay stops', async () => {
    await using relay = await TestApp.start();
    expect(await lastUse(relay)).toBeUndefined();
    await relay.messages(helloWhole, { 'user-agent': 'claude-cli/2.1.330' });
    const use = { at: expect.any(Number), userAgent: 'claude-cli/2.1.330', address: '127.0.0.1' };
    expect(await lastUse(relay)).toEqual(use);
    const [listed] = z.array(apiKey).parse(await relay.admin('/keys'));
    expect(listed?.lastUse).toEqual(use);
    await using again = await relay.restart();
    expect(await lastUse(again)).toEqual(use);
  });

  test('is written once a minute, however many calls there are', async () => {
    const clock = manualClock();
    await using relay = await TestApp.start({ ports: { clock } });
    const { store } = relay.app.parts;
    for (let call = 0; call < 5; call += 1) await relay.messages(hello);
    const at = clock.now();
    expect(await readUses(store)).toEqual(new Map());
    const write = vi.spyOn(store, 'write');
    clock.advance(60_000);
    await expect.poll(async () => (await readUses(store)).size).toBeGreaterThan(0);
    const ofUses = write.mock.calls.filter(([statements]) => statements.some(({ sql }) => sql.includes('key_uses')));
    expect([ofUses.length, (await readUses(store)).get(relay.keyId)?.at]).toEqual([1, at]);
  });
});

test('an imported secret works like any key, and never goes to an upstream as the client’s own, also from the trash', async () => {
  await using relay = await TestApp.start();
  const { accountRepository, accounts, keyRepository: keys } = relay.app.parts;
  await accountRepository.create({
    name: 'passthrough',
    provider: 'anthropic-passthrough',
    settings: { baseUrl: relay.upstream.url },
    allowLocalUpstream: true,
  });
  await accounts.reload();
  const secret = `cr_${'0123456789abcdef'.repeat(4)}`;
  const [key] = await keys.importAll([{ secret, fields: { name: 'moved' } }]);
  const call = () => relay.messages(helloWhole, { 'x-api-key': secret });
  expect((await call()).status).toBe(200);
  expect((await relay.rows())[0]?.keyId).toBe(key?.id);
  await keys.rotate(key?.id ?? '', 60_000);
  expect((await call()).status).toBe(200);
  await keys.remove(key?.id ?? '');
  expect((await call()).status).toBe(401);
  await keys.removeForGood([key?.id ?? '']);
  const refused = await call();
  expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('was removed or replaced')]);
  expect(relay.upstream.calls).toHaveLength(2);
  expect(JSON.stringify(relay.upstream.calls.map(({ rawHeaders }) => rawHeaders))).not.toContain(secret);
});

test.each([
  ['rotated without a grace', async (keys: KeyRepository, id: string) => void (await keys.rotate(id, 0))],
  [
    'rotated twice',
    async (keys: KeyRepository, id: string) => {
      await keys.rotate(id, 60_000);
      await keys.rotate(id, 60_000);
    },
  ],
  ['removed for good', async (keys: KeyRepository, id: string) => void (await keys.removeForGood([id]))],
])(
  'an imported secret that was %s is refused as a key, here, on another node and after a restart',
  async (_how, end) => {
    await using relay = await TestApp.start();
    const { keyRepository: keys, keys: directory, settings, store, vault, ports } = relay.app.parts;
    const other = await KeyDirectory.open(new KeyRepository(store, vault, settings, ports.clock));
    const secret = `cr_${'0123456789abcdef'.repeat(4)}`;
    const [key] = await keys.importAll([{ secret, fields: { name: 'moved' } }]);
    await end(keys, key?.id ?? '');
    await other.poll();
    for (const one of [directory, other, await KeyDirectory.open(keys)]) {
      expect([one.isMeant(secret), one.verify(secret, Date.now())]).toEqual([
        true,
        { ok: false, reason: 'key-removed' },
      ]);
    }
    await keys.importAll([{ secret, fields: { name: 'again' } }]);
    expect(directory.verify(secret, Date.now()).ok).toBe(true);
  },
);
