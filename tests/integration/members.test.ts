import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { RawConnection } from '../support/raw-http.ts';
import { hello, helloWhole, TestApp, type TestAppOptions } from '../support/test-app.ts';

const limits = (...texts: readonly string[]) => ({ limits: texts.map((text) => parseLimit(text, 'UTC')) });

/** 1,000 tokens in and 100 out: what each answer is charged as. */
const usual = { usage: { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 } };
const costOfOne = 1_000 * 3_000 + 100 * 15_000;

interface Team {
  readonly relay: TestApp;
  readonly memberId: string;
  /** Of their keys. */
  readonly secrets: readonly string[];
  readonly keyIds: readonly string[];
}

/** A relay with a member who has two keys. */
async function startTeam(member: object, more: TestAppOptions = {}): Promise<Team> {
  const relay = await TestApp.start(more);
  relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', usual) : undefined));
  const { members, keyRepository } = relay.app.parts;
  const { id: memberId } = await members.create({ name: 'Ada', ...member });
  const made = await keyRepository.createAll([
    { name: 'laptop', memberId },
    { name: 'desktop', memberId },
  ]);
  return { relay, memberId, secrets: made.map(({ secret }) => secret), keyIds: made.map(({ key }) => key.id) };
}

const by = (secret: string | undefined) => ({ 'x-api-key': secret ?? '' });

const shownStandings = z.array(
  z.object({
    memberId: z.string(),
    today: z.object({ calls: z.number(), tokens: z.number(), costNanoUsd: z.number() }),
    week: z.object({ calls: z.number() }),
    standings: z.array(z.object({ name: z.string(), isShared: z.literal(true), spent: z.number(), held: z.number() })),
    lastUse: z.object({ userAgent: z.string().optional() }).optional(),
    running: z.number(),
  }),
);
const standingsOf = async (relay: TestApp) => shownStandings.parse(await relay.admin('/member-standings'));

describe('a suspended member', () => {
  test('Q07 key-revoked-midstream: the next call with any of their keys is refused at once, and the running stream ends whole with its row', async () => {
    const { relay, memberId, secrets } = await startTeam({});
    await using _ = relay;
    const gate = new Gate();
    relay.upstream.answer(({ request }) =>
      request.method === 'POST' ? gated(says('whole to the end'), { 'mid-content': gate }) : undefined,
    );
    const client = await RawConnection.open(relay.port);
    await client.send(
      Buffer.from(
        `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${relay.port}\r\ncontent-type: application/json\r\n` +
          `x-api-key: ${secrets[0]}\r\ncontent-length: ${JSON.stringify(hello).length}\r\n\r\n${JSON.stringify(hello)}`,
      ),
    );
    await client.until('content_block_start');
    await relay.app.parts.members.setState(memberId, 'suspended');
    for (const secret of secrets) {
      const { status, text } = await relay.messages(helloWhole, by(secret));
      expect([status, JSON.parse(text)]).toMatchObject([
        401,
        { type: 'error', error: { type: 'authentication_error', message: expect.stringContaining('is suspended') } },
      ]);
    }
    gate.open();
    expect(await client.reply()).toMatchObject({ status: 200, isWhole: true });
    expect((await relay.messages(helloWhole)).status).toBe(200);
    const rows = await relay.rowsOnce(2);
    expect(rows.map((row) => [row.memberId, row.status])).toEqual([
      [memberId, 'completed'],
      [null, 'completed'],
    ]);
    await relay.app.parts.members.setState(memberId, 'active');
    relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', usual) : undefined));
    expect((await relay.messages(helloWhole, by(secrets[0]))).status).toBe(200);
  });

  test.each<[string, object, object]>([
    ['/v1/chat/completions', { messages: [] }, { error: { code: 'invalid_api_key' } }],
    ['/v1beta/models/gemini-3-pro:generateContent', {}, { error: { status: 'UNAUTHENTICATED' } }],
  ])('Q07 key-revoked-midstream: on %s they are told in the words of that protocol', async (path, body, refusal) => {
    const { relay, memberId, secrets } = await startTeam({});
    await using _ = relay;
    await relay.app.parts.members.setState(memberId, 'suspended');
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${secrets[0]}` };
    const reply = await relay.request({ method: 'POST', path, headers, body: JSON.stringify(body) });
    expect([reply.status, reply.json()]).toMatchObject([401, refusal]);
  });
});

describe('limits that all keys of a member share', () => {
  test('Q01 overshoot-cost-200: of 200 calls at once with two keys no more are served than both may make together', async () => {
    const { relay, secrets } = await startTeam(limits('requests=10/day'));
    await using _ = relay;
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_one, index) => relay.messages(helloWhole, by(secrets[index % 2]))),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(relay.upstream.calls).toHaveLength(10);
    const refused = replies.find(({ status }) => status === 429);
    expect(refused?.text).toContain('The limit that all keys of this member share is reached: requests per day');
    expect((await relay.messages(helloWhole)).status).toBe(200);
  });

  test('a key’s own limit and its member’s hold together, and a refusal by one spends nothing of the other', async () => {
    const { relay, secrets, keyIds } = await startTeam(limits('requests=3/day'));
    await using _ = relay;
    await relay.app.parts.keyRepository.update(keyIds[0] ?? '', limits('requests=1/day'));
    const ask = async (index: number) => (await relay.messages(helloWhole, by(secrets[index]))).status;
    expect([await ask(0), await ask(0), await ask(0), await ask(1), await ask(1), await ask(1)]).toEqual([
      ...[200, 429, 429, 200, 200, 429],
    ]);
    expect((await standingsOf(relay))[0]?.standings).toMatchObject([{ name: 'requests per day', spent: 3, held: 0 }]);
  });

  test('calls at once are counted over all their keys', async () => {
    const { relay, secrets } = await startTeam({ maxConcurrent: 1 }, { config: { limits: { keyWaitMs: 0 } } });
    await using _ = relay;
    const gate = new Gate();
    relay.upstream.answer(({ request }) =>
      request.method === 'POST' ? gated(says('Hi', usual), { 'mid-content': gate }) : undefined,
    );
    const first = relay.messages(hello, by(secrets[0]));
    await expect.poll(() => relay.upstream.calls).toHaveLength(1);
    const second = await relay.messages(hello, by(secrets[1]));
    expect([second.status, second.text]).toEqual([
      429,
      expect.stringContaining('The keys of this member already have 1 calls running'),
    ]);
    expect((await standingsOf(relay))[0]?.running).toBe(1);
    gate.open();
    expect((await first).status).toBe(200);
    expect((await relay.messages(hello, by(secrets[1]))).status).toBe(200);
  });

  test('what was spent counts after a restart, for a new limit too, and by whose the key was then', async () => {
    const clock = manualClock();
    const { relay, memberId, secrets, keyIds } = await startTeam(limits('cost=1usd/day'), { ports: { clock } });
    await using _ = relay;
    for (const secret of [...secrets, ...secrets]) await relay.messages(helloWhole, by(secret));
    await relay.app.parts.keyRepository.update(keyIds[0] ?? '', { memberId: null });
    await relay.messages(helloWhole, by(secrets[0]));
    const again = await relay.restart();
    expect((await standingsOf(again))[0]).toMatchObject({
      ...{ memberId, today: { calls: 4, tokens: 4_400, costNanoUsd: 4 * costOfOne }, week: { calls: 4 } },
      standings: [{ spent: 4 * costOfOne, held: 0 }],
    });
    await again.app.parts.members.update(memberId, limits('requests=4/day'));
    expect((await again.messages(helloWhole, by(secrets[1]))).status).toBe(429);
    expect((await again.messages(helloWhole, by(secrets[0]))).status).toBe(200);
    expect(await again.app.parts.rollups.check()).toEqual({ differences: 0, rowsFrom: null });
    await again.app.stop();
  });

  test('Q08 key-edited: a limit that is lowered while a call runs holds for the next one', async () => {
    const { relay, memberId, secrets } = await startTeam({});
    await using _ = relay;
    expect((await relay.messages(helloWhole, by(secrets[0]))).status).toBe(200);
    await relay.app.parts.members.update(memberId, limits('requests=1/day'));
    expect((await relay.messages(helloWhole, by(secrets[1]))).status).toBe(429);
    await relay.app.parts.members.update(memberId, { limits: [] });
    expect((await relay.messages(helloWhole, by(secrets[1]))).status).toBe(200);
  });

  test('a call with a member asks the database no more than one without', async () => {
    const { relay, secrets } = await startTeam(limits('requests=900/day'));
    await using _ = relay;
    const executor: { executeQuery(): unknown } = Object.getPrototypeOf(relay.app.parts.store.db.getExecutor());
    const countOf = async (headers: object) => {
      await relay.messages(helloWhole, { ...headers });
      const asked = vi.spyOn(executor, 'executeQuery');
      const written = vi.spyOn(relay.app.parts.store, 'write');
      await relay.messages(helloWhole, { ...headers });
      const counts = [asked.mock.calls.length, written.mock.calls.length];
      vi.restoreAllMocks();
      return counts;
    };
    expect(await countOf(by(secrets[0]))).toEqual(await countOf({}));
  });
});

const refusals = z.array(
  z.object({ calls: z.number(), keyName: z.string().nullable(), reason: z.string(), message: z.string() }),
);

test('what was refused is told with its reason, whoever asked, and makes no usage', async () => {
  const { relay, memberId, secrets } = await startTeam(limits('requests=1/day'));
  await using _ = relay;
  await relay.messages(helloWhole, by(secrets[0]));
  await relay.messages(helloWhole, by(secrets[1]));
  await relay.messages(helloWhole, by(secrets[1]));
  await relay.app.parts.members.setState(memberId, 'suspended');
  await relay.messages(helloWhole, by(secrets[0]));
  await relay.messages(helloWhole, by('wsk_nobody_knows_this_one'));
  const told = refusals.parse(await relay.admin('/refusals'));
  expect(told.map(({ calls, keyName, reason }) => [calls, keyName, reason]).toSorted()).toEqual([
    [1, null, 'key-invalid'],
    [1, 'laptop', 'key-disabled'],
    [2, 'desktop', 'rate-limited'],
  ]);
  expect(await relay.rows()).toHaveLength(1);
});
