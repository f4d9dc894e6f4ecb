import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { refuses } from '../support/fake-anthropic/answers.ts';
import { FakeAnthropic } from '../support/fake-anthropic/fake-anthropic.ts';
import { cleanEnvironment } from '../support/relay-process.ts';
import { createFolder } from '../support/temporary-folder.ts';
import { hello } from '../support/test-app.ts';

const child = fileURLToPath(new URL('./storm-child.ts', import.meta.url));

/** For the relay a minute passes in these seconds; calls come at their true rate. */
const speed = 10;
const stormMs = 60_000 / speed;
const perSecond = 200;
/** After how long each upstream says to come again, in the relay's seconds. */
const resets = [10, 20, 60] as const;
/** A limit is taken to end a little later than it was said, so that not all begin again at once. */
const jitterSeconds = 6;

const ready = z.object({ port: z.int(), secret: z.string() });
const told = z.object({ cpuMs: z.number(), now: z.number() });

async function ask(relay: ChildProcess): Promise<z.infer<typeof told>> {
  const answer = once(relay, 'message');
  relay.send('tell');
  return told.parse((await answer)[0]);
}

interface Answer {
  readonly status: number;
  readonly retryAfter: number;
  readonly type: unknown;
}

const refusal = z.object({ error: z.object({ type: z.string() }) });

/** One call of a session of its own. */
async function call({ port, secret }: z.infer<typeof ready>, index: number): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': secret, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ ...hello, messages: [{ role: 'user', content: `call ${index}` }] }),
  });
  const { error } = refusal.parse(await response.json());
  return { status: response.status, retryAfter: Number(response.headers.get('retry-after')), type: error.type };
}

test('A07 429-storm: a minute of 200 calls a second on a real relay: one probe per account and reset, 429 with the soonest return, half a core at most', async () => {
  await using closing = new AsyncDisposableStack();
  const { folder, remove } = createFolder();
  closing.defer(remove);
  const upstreams = await Promise.all(resets.map(() => FakeAnthropic.start()));
  for (const [index, upstream] of upstreams.entries()) {
    closing.defer(() => upstream.close());
    upstream.answer(() => refuses(429, { headers: { 'retry-after': String(resets[index]) } }));
  }
  const relay = fork(child, [folder, String(speed), ...upstreams.map(({ url }) => url)], { env: cleanEnvironment() });
  closing.defer(async () => {
    relay.disconnect();
    if (relay.exitCode === null) await once(relay, 'exit');
  });
  const door = ready.parse((await once(relay, 'message'))[0]);
  // From the first calls on all accounts are at their limit.
  expect((await call(door, -1)).status).toBe(429);
  const before = upstreams.map(({ calls }) => calls.length);
  expect(before.every((count) => count >= 1)).toBe(true);
  const began = await ask(relay);
  const replies: Promise<Answer>[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < stormMs) {
    const due = Math.ceil(((performance.now() - startedAt) / 1_000) * perSecond);
    while (replies.length < due) replies.push(call(door, replies.length));
    await pause(5);
  }
  const answers = await Promise.all(replies);
  const ended = await ask(relay);
  expect(answers.length).toBeGreaterThan(0.9 * perSecond * (stormMs / 1_000));

  const seconds = (ended.now - began.now) / 1_000;
  for (const [index, upstream] of upstreams.entries()) {
    const probes = upstream.calls.length - (before[index] ?? 0);
    expect(probes, `probes of account ${index}`).toBeLessThanOrEqual(Math.ceil(seconds / (resets[index] ?? 0)));
  }
  // It does look whether a limit has ended.
  expect((upstreams[0]?.calls.length ?? 0) - (before[0] ?? 0)).toBeGreaterThan(1);

  // A machine that is busy with other tests may make it shed load, which is no answer of the storm's.
  const heard = answers.filter(({ status }) => status !== 503);
  expect(heard.length).toBeGreaterThan(0.9 * answers.length);
  for (const { status, type, retryAfter } of heard) {
    expect([status, type]).toEqual([429, 'rate_limit_error']);
    // The first account is always the one that returns first.
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(resets[0] + jitterSeconds);
  }

  // Its own CPU time for each call, at that rate: what others do on the machine does not count.
  const coreShare = ((ended.cpuMs - began.cpuMs) / answers.length) * (perSecond / 1_000);
  console.log(
    `A07: ${(100 * coreShare).toFixed(1)} % of a core at ${perSecond} calls a second, ${answers.length} calls`,
  );
  expect(coreShare).toBeLessThanOrEqual(0.5);
});
