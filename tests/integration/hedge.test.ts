import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { type ManualClock, manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import type { UsageEntry } from '../../app/usage/repository.ts';
import { type Answer, refuses, says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { FakeOAuth } from '../support/fake-oauth/fake-oauth.ts';
import { addSubscription, claudeCodeHeaders } from '../support/subscription.ts';
import { eventually, hello, helloWhole, TestApp, type TestAppOptions } from '../support/test-app.ts';
import { run } from './cli-run.ts';

const hedgeAfterMs = 5_000;
const shownKey = z.object({ standings: z.array(z.object({ spent: z.number(), held: z.number() })) });

let clock: ManualClock;
let relay: TestApp;

async function start(options: TestAppOptions = {}, after = hedgeAfterMs): Promise<void> {
  relay = await TestApp.start({ upstreams: 2, ports: { clock }, ...options });
  const { rules } = relay.app.parts;
  await rules.set({ ...rules.current, hedgeAfterMs: after });
}

beforeEach(() => {
  clock = manualClock(Date.now());
});
afterEach(() => relay[Symbol.asyncDispose]());

const callsOf = () => relay.upstreams.map(({ calls }) => calls.length);
const idle = () => eventually(() => [0, 1].every((index) => relay.account(index).inFlight === 0));
const outcomes = ({ attempts }: UsageEntry) =>
  attempts.map(({ isCancelled, fault }) => (isCancelled ? 'cancelled' : (fault ?? 'served')));

/** Each upstream's next answer, held back at a gate of its own. */
function hold(answers: readonly Answer[], place: 'before-headers' | 'before-content' = 'before-content'): Gate[] {
  return answers.map((answer, index) => {
    const gate = new Gate();
    relay.upstreams[index]?.script([gated(answer, { [place]: gate })]);
    return gate;
  });
}

/** Both tries are on their way, and both upstreams wait. */
async function bothRunning(): Promise<void> {
  await eventually(() => callsOf()[0] === 1);
  clock.advance(hedgeAfterMs);
  await eventually(() => callsOf()[1] === 1);
}

/** Nothing more happens for as long as it takes a relay to notice. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('S20 hedge-accounting', () => {
  test('S20 hedge-accounting: the second has content first: one clean answer, both recorded, the loser cancelled', async () => {
    await start();
    const [, second] = hold([says('slow'), says('quick')]);
    const reply = relay.messages();
    await bothRunning();
    second?.open();
    const { status, text, header } = await reply;
    expect([status, text.includes('quick'), text.includes('slow')]).toEqual([200, true, false]);
    expect(text.match(/event: message_start/g)).toHaveLength(1);
    expect(header('x-waystation-route')).toContain('try=2');
    const [row] = await relay.rowsOnce(1);
    if (!row) throw new Error('there is no row');
    expect([relay.attemptsOf(row), outcomes(row)]).toEqual([
      [0, 1],
      ['cancelled', 'served'],
    ]);
    expect(row.accountId).toBe(relay.account(1).account.id);
    await idle();
    expect((await relay.ledger(0)).map(({ outcome }) => outcome)).toEqual(['aborted']);
  });

  test('S20 hedge-accounting: the first has content after all, and the second is the loser', async () => {
    await start();
    const [first] = hold([says('slow'), says('never')]);
    const reply = relay.messages();
    await bothRunning();
    first?.open();
    expect((await reply).text).toContain('slow');
    const [row] = await relay.rowsOnce(1);
    expect(row && [relay.attemptsOf(row), outcomes(row)]).toEqual([
      [0, 1],
      ['served', 'cancelled'],
    ]);
    await idle();
  });

  test.each([
    ['streamed', hello],
    ['whole', helloWhole],
  ])('S20 hedge-accounting: both finish, one answer, two attempts, and the key pays for one, %s', async (_, body) => {
    await start({ key: { limits: [parseLimit('requests=10/day', 'UTC'), parseLimit('tokens=1m/day', 'UTC')] } });
    const usage = { inputTokens: 100, outputTokens: 50 };
    const gates = hold([says('one!', { usage }), says('two!', { usage })], 'before-headers');
    const reply = relay.messages(body);
    await bothRunning();
    for (const gate of gates) gate.open();
    const { status, text } = await reply;
    expect([status, Number(text.includes('one!')) + Number(text.includes('two!'))]).toEqual([200, 1]);
    await idle();
    const rows = await relay.rowsOnce(1);
    const [row] = rows;
    expect(rows).toHaveLength(1);
    expect(row && outcomes(row).toSorted()).toEqual(['cancelled', 'served']);
    expect(row && [row.inputTokens, row.outputTokens]).toEqual([100, 50]);
    // Both upstreams have said it all, and charge for it.
    const charged = (await Promise.all([relay.ledger(0), relay.ledger(1)])).flat();
    expect(charged.map((one) => [one.outcome, one.charged.outputTokens])).toEqual([
      ['completed', 50],
      ['completed', 50],
    ]);
    const held = await eventually(async () => {
      const { standings } = shownKey.parse(await relay.admin(`/keys/${relay.keyId}`));
      return standings.every((one) => one.held === 0) ? standings : undefined;
    });
    expect(held.map(({ spent }) => spent)).toEqual([1, 150]);
  });

  test('S20 hedge-accounting: what a loser is known to have cost is kept, and is not its key’s', async () => {
    await start();
    const usage = { inputTokens: 1_000_000 };
    const [, second] = hold([says('slow', { usage }), says('quick', { usage: { inputTokens: 10 } })]);
    const reply = relay.messages();
    await bothRunning();
    // The first has told what its prompt costs, and has no content yet.
    await eventually(() => relay.account(0).headroom('claude-sonnet-4-5', clock.now()).windows.length > 0);
    await quiet();
    second?.open();
    await reply;
    const [row] = await relay.rowsOnce(1);
    expect(row?.inputTokens).toBe(10);
    const loser = row?.attempts.find(({ isCancelled }) => isCancelled);
    expect(loser?.costNanoUsd).toBeGreaterThan(100 * (row?.costNanoUsd ?? Number.POSITIVE_INFINITY));
    const explained = await relay.admin(`/usage/${row?.requestId}`);
    expect(explained).toMatchObject({
      call: { attempts: [{ isCancelled: true, costNanoUsd: loser?.costNanoUsd }, {}] },
    });
  });

  test('S20 hedge-accounting: what a loser cost counts for the cap of its account, after a restart too', async () => {
    const caps = ['cost=9usd/day', 'requests=9/day'].map((text) => parseLimit(text, 'UTC'));
    await start({ account: { care: { caps } } });
    const usage = { inputTokens: 1_000_000 };
    const [, second] = hold([says('slow', { usage }), says('quick', { usage: { inputTokens: 10 } })]);
    const reply = relay.messages();
    await bothRunning();
    await eventually(() => relay.account(0).headroom('claude-sonnet-4-5', clock.now()).windows.length > 0);
    await quiet();
    second?.open();
    await reply;
    const [row] = await relay.rowsOnce(1);
    const cost = row?.attempts.find(({ isCancelled }) => isCancelled)?.costNanoUsd;
    expect(cost).toBeGreaterThan(1_000_000_000);
    const ids = [0, 1].map((index) => relay.account(index).account.id);
    const spent = (of: TestApp) => Promise.all(ids.map((id) => of.admin(`/accounts/${id}`)));
    const expected = [{ caps: [{ spent: cost }, { spent: 1 }] }, { caps: [{ spent: row?.costNanoUsd }, { spent: 1 }] }];
    await idle();
    expect(await spent(relay)).toMatchObject(expected);
    await using again = await relay.restart();
    expect(await spent(again)).toMatchObject(expected);
  });

  test('S20 hedge-accounting: a client that leaves ends both', async () => {
    await start();
    hold([says('slow'), says('slow too')]);
    const controller = new AbortController();
    const init = { method: 'POST', headers: relay.headers(), body: JSON.stringify(hello), signal: controller.signal };
    const left = fetch(`http://127.0.0.1:${relay.port}/v1/messages`, init).catch(() => 'left');
    await bothRunning();
    controller.abort();
    expect(await left).toBe('left');
    const [row] = await relay.rowsOnce(1);
    expect([row?.status, row?.attempts.length]).toEqual(['aborted', 2]);
    await idle();
    expect(await Promise.all([relay.ledger(0), relay.ledger(1)])).toMatchObject([
      [{ outcome: 'aborted' }],
      [{ outcome: 'aborted' }],
    ]);
  });

  test('S20 hedge-accounting: one that fails leaves the other to serve, and marks its account', async () => {
    await start();
    const first = new Gate();
    const second = new Gate();
    relay.upstreams[0]?.script([
      gated(refuses(429, { headers: { 'retry-after': '60' } }), { 'before-headers': first }),
    ]);
    relay.upstreams[1]?.script([gated(says('rescued'), { 'before-content': second })]);
    const reply = relay.messages();
    await bothRunning();
    first.open();
    await eventually(() => relay.account(0).health.state === 'limited');
    second.open();
    expect((await reply).text).toContain('rescued');
    const [row] = await relay.rowsOnce(1);
    expect(row && outcomes(row)).toEqual(['rate-limited', 'served']);
  });

  test('S20 hedge-accounting: a request that is itself wrong is refused at once, and the other try ends', async () => {
    await start();
    const first = new Gate();
    relay.upstreams[0]?.script([
      gated(refuses(400, { message: 'max_tokens: too large' }), { 'before-headers': first }),
    ]);
    hold([says('never')]).at(0);
    relay.upstreams[1]?.script([gated(says('never'), { 'before-content': new Gate() })]);
    relay.upstreams[0]?.script([
      gated(refuses(400, { message: 'max_tokens: too large' }), { 'before-headers': first }),
    ]);
    const reply = relay.messages();
    await bothRunning();
    first.open();
    expect([(await reply).status, (await reply).text.includes('max_tokens: too large')]).toEqual([400, true]);
    const [row] = await relay.rowsOnce(1);
    expect(row && outcomes(row)).toEqual(['request-rejected', 'cancelled']);
    await idle();
  });

  test('S20 hedge-accounting: both fail, and the third account serves', async () => {
    await start({ upstreams: 3 });
    const gates = [new Gate(), new Gate()];
    for (const [index, gate] of gates.entries()) {
      relay.upstreams[index]?.script([gated(refuses(529), { 'before-headers': gate })]);
    }
    const reply = relay.messages();
    await bothRunning();
    for (const gate of gates) gate.open();
    expect((await reply).status).toBe(200);
    const [row] = await relay.rowsOnce(1);
    expect(row && outcomes(row)).toEqual(['overloaded', 'overloaded', 'served']);
  });
});

describe('the wish for a second try', () => {
  const cli = (...words: readonly string[]) => run(['routing', ...words], { dataDir: relay.dataDir });

  test('is said on the command line, shown and taken back; nonsense is refused', async () => {
    await start({}, 0);
    expect((await cli('show')).stdout).toContain('only after the first has failed');
    const { exitCode, stdout } = await cli('set', '--hedge-after', '8');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('beside the first after 8')]);
    // Straight to the store, because the relay is in this very process.
    await relay.app.parts.rules.reload();
    expect(await relay.admin('/routing/rules')).toMatchObject({ hedgeAfterMs: 8_000 });
    expect((await cli('set', '--hedge-after', '61')).exitCode).not.toBe(0);
    expect((await cli('set', '--hedge-after', '0')).exitCode).toBe(0);
    expect((await cli('show')).stdout).toContain('only after the first has failed');
  });

  test('and its outcome are explained in words', async () => {
    await start();
    const [, second] = hold([says('slow'), says('quick')]);
    const reply = relay.messages();
    await bothRunning();
    second?.open();
    const id = (await reply).header('x-waystation-request-id') ?? '';
    await relay.rowsOnce(1);
    const { stdout } = await run(['explain', id], { dataDir: relay.dataDir });
    const words = stdout.replace(/\s+/g, ' ');
    expect(words).toMatch(/1\. upstream-0 was cancelled after .*: another account had content first\./);
    expect(words).toMatch(/2\. upstream-1 served it/);
  });
});

describe('a second try beside the first', () => {
  async function staysAlone(body: object = hello, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const gate = new Gate();
    relay.upstreams[0]?.script([gated(says('late'), { 'before-headers': gate })]);
    const reply = relay.messages(body, headers);
    await eventually(() => callsOf()[0] === 1);
    clock.advance(hedgeAfterMs);
    await quiet();
    gate.open();
    expect((await reply).text).toContain('late');
    expect(callsOf().slice(1)).toEqual(
      callsOf()
        .slice(1)
        .map(() => 0),
    );
    expect((await relay.rowsOnce(1))[0]?.attempts).toHaveLength(1);
  }

  test('is off unless somebody wants it', async () => {
    await start({}, 0);
    await staysAlone();
  });

  test('does not begin once there is content', async () => {
    await start();
    const gate = new Gate();
    relay.upstreams[0]?.script([gated(says('a long answer in many pieces'), { 'mid-content': gate })]);
    const reply = relay.messages();
    await eventually(() => relay.upstreams[0]?.calls.length === 1);
    await eventually(() => relay.account(0).starts === 1);
    await quiet();
    clock.advance(hedgeAfterMs);
    await quiet();
    gate.open();
    expect((await reply).status).toBe(200);
    expect(callsOf()).toEqual([1, 0]);
  });

  test('is not made for a key that is bound to one account', async () => {
    await start();
    const { secret } = await relay.app.parts.keyRepository.create({
      name: 'bound',
      accountId: relay.account(0).account.id,
    });
    await relay.app.parts.keys.reload();
    await staysAlone(hello, { 'x-api-key': secret });
  });

  test('is never made by an account whose owner has not agreed to its terms', async () => {
    await start({ upstreams: 1 });
    await using oauth = await FakeOAuth.start();
    const fakes = { oauth, upstream: relay.upstream.url, pair: oauth.issue() };
    await addSubscription(relay.app.parts, fakes, { isAccepted: false, priority: 90 });
    await staysAlone(hello, claudeCodeHeaders());
  });

  test('is not made for what one account holds', async () => {
    await start();
    const content = [{ type: 'document', source: { type: 'file', file_id: 'file_1' } }];
    await staysAlone({ ...hello, messages: [{ role: 'user', content }] });
  });

  test('is not made for a whole answer with thinking, which is silent for as long as it takes', async () => {
    await start();
    await staysAlone({ ...helloWhole, max_tokens: 4_000, thinking: { type: 'enabled', budget_tokens: 2_000 } });
  });

  test('does not wait for an account whose places are taken', async () => {
    await start({ account: { care: { maxConcurrent: 1 } } });
    const [first] = hold([says('holds its place')]);
    relay.upstreams[1]?.script([gated(says('too'), { 'before-content': first ?? new Gate() })]);
    const one = relay.messages({ ...hello, messages: [{ role: 'user', content: 'one' }] });
    await eventually(() => callsOf()[0] === 1);
    const two = relay.messages({ ...hello, messages: [{ role: 'user', content: 'two' }] });
    await eventually(() => callsOf()[1] === 1);
    clock.advance(hedgeAfterMs);
    await quiet();
    first?.open();
    expect([(await one).status, (await two).status]).toEqual([200, 200]);
    expect(callsOf()).toEqual([1, 1]);
  });

  test('stays within the retry budget: of ten slow calls five get one', async () => {
    await start();
    const gate = new Gate();
    for (const upstream of relay.upstreams) upstream.answer(() => gated(says('slow'), { 'before-headers': gate }));
    const replies = Array.from({ length: 10 }, (_, index) =>
      relay.messages({ ...hello, messages: [{ role: 'user', content: `call ${index}` }] }),
    );
    await eventually(() => callsOf().reduce((sum, calls) => sum + calls, 0) === 10);
    clock.advance(hedgeAfterMs);
    await eventually(() => callsOf().reduce((sum, calls) => sum + calls, 0) === 15);
    await quiet();
    expect(callsOf().reduce((sum, calls) => sum + calls, 0)).toBe(15);
    gate.open();
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(await relay.rowsOnce(10)).toHaveLength(10);
  });
});
