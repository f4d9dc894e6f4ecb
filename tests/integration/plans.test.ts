import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { overHttp } from '../../app/cli/client.ts';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';
import { run, runJson } from './cli-run.ts';

const limits = (...texts: readonly string[]) => texts.map((text) => parseLimit(text, 'UTC'));

async function start(): Promise<TestApp> {
  const relay = await TestApp.start();
  const usage = { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 0, cacheWrite5mTokens: 0 };
  relay.upstream.answer(({ request }) => (request.method === 'POST' ? says('Hi', { usage }) : undefined));
  return relay;
}

const adminOf = (relay: TestApp) => overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
const status = async (relay: TestApp) => (await relay.messages(helloWhole)).status;

describe('a key on a plan', () => {
  test('its plan’s limits refuse it, and a changed plan counts for the next call', async () => {
    await using relay = await start();
    const operations = adminOf(relay);
    const plan = await operations.createPlan({ name: 'Guest', limits: limits('requests=1/day') });
    await operations.updateKey({ id: relay.keyId, planId: plan.id });
    expect([await status(relay), await status(relay)]).toEqual([200, 429]);
    await operations.updatePlan({ id: plan.id, limits: limits('requests=2/day') });
    expect([await status(relay), await status(relay)]).toEqual([200, 429]);
    await operations.updateKey({ id: relay.keyId, limits: limits('requests=3/day') });
    expect([await status(relay), await status(relay)]).toEqual([200, 429]);
  });

  test('a limit that comes back sees what was spent while it was away', async () => {
    await using relay = await start();
    const operations = adminOf(relay);
    const plan = await operations.createPlan({ name: 'Guest', limits: limits('requests=3/total') });
    await operations.updateKey({ id: relay.keyId, planId: plan.id });
    expect(await status(relay)).toBe(200);
    await operations.updatePlan({ id: plan.id, limits: [] });
    expect([await status(relay), await status(relay)]).toEqual([200, 200]);
    await operations.updatePlan({ id: plan.id, limits: limits('requests=3/total') });
    expect(await status(relay)).toBe(429);
  });

  test('a preview tells who would be blocked by what, and changes nothing', async () => {
    await using relay = await start();
    const operations = adminOf(relay);
    const plan = await operations.createPlan({ name: 'Guest', limits: limits('requests=9/day') });
    await operations.updateKey({ id: relay.keyId, planId: plan.id });
    await operations.createKey({ name: 'idle', planId: plan.id });
    await operations.createKey({ name: 'elsewhere' });
    expect([await status(relay), await status(relay)]).toEqual([200, 200]);
    const tighter = { id: plan.id, limits: limits('requests=2/day', 'cost=1usd/day', 'tokens=1/day,shadow') };
    expect(await operations.previewPlan(tighter)).toEqual([
      {
        ...{ keyId: relay.keyId, keyName: expect.any(String), isBlocked: true, wasBlocked: false },
        blockedBy: [
          {
            ...{ name: 'requests per day', measure: 'requests', amount: 2, mode: 'smooth', spent: 2, held: 0 },
            ...{ window: tighter.limits[0]?.window, resetsAt: expect.any(Number) },
          },
        ],
      },
      { keyId: expect.any(String), keyName: 'idle', isBlocked: false, wasBlocked: false, blockedBy: [] },
    ]);
    // A look must leave no sum behind that misses the calls after it.
    expect(await status(relay)).toBe(200);
    await operations.updatePlan({ ...tighter, limits: limits('requests=3/day') });
    expect(await status(relay)).toBe(429);
  });

  test('a plan that is used is not removed, and says by whom', async () => {
    await using relay = await start();
    const operations = adminOf(relay);
    const plan = await operations.createPlan({ name: 'Guest' });
    const key = await operations.createKey({ name: 'laptop', planId: plan.id });
    await expect(operations.removePlan({ id: plan.id })).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('laptop'),
    });
    await operations.updateKey({ id: key.id, planId: null });
    expect(await operations.removePlan({ id: plan.id })).toEqual({ id: plan.id, removed: true });
    await expect(operations.createKey({ name: 'x', planId: plan.id })).rejects.toThrow('there is no such plan');
  });
});

describe('plans on the command line', () => {
  test('made from a template, changed, previewed, given to a key and removed', async () => {
    const dataDir = temporaryFolder();
    const made = await runJson(['plan', 'create', '--template', 'guest', '--limit', 'cost=1usd/day'], { dataDir });
    expect(made).toMatchObject({
      name: 'Guest',
      maxConcurrent: 1,
      limits: [{ measure: 'cost', amount: 1e9 }],
      keys: 0,
    });
    const { id } = z.object({ id: z.string() }).parse(made);
    expect(await runJson(['key', 'create', '--name', 'laptop', '--plan', 'Guest'], { dataDir })).toMatchObject({
      ...{ planId: id, planName: 'Guest' },
      limits: [],
    });
    const preview = await run(['plan', 'update', 'guest', '--no-max-concurrent', '--preview'], { dataDir });
    expect(preview.stdout).toContain('0 of 1 keys would be blocked now. Nothing was changed.');
    expect(await runJson(['plan', 'show', 'guest'], { dataDir })).toMatchObject({ keys: 1, maxConcurrent: 1 });
    await runJson(['plan', 'update', 'guest', '--limit', 'requests=5/minute', '--no-max-concurrent'], { dataDir });
    expect((await run(['plan', 'list'], { dataDir })).stdout).toMatch(/^Guest +1 +- +requests=5\/minute$/m);
    const refused = await run(['plan', 'remove', 'guest'], { dataDir });
    expect([refused.exitCode === 0, refused.stderr]).toEqual([false, expect.stringContaining('laptop')]);
    expect(await runJson(['key', 'update', 'laptop', '--no-plan'], { dataDir })).not.toHaveProperty('planId');
    expect((await run(['plan', 'remove', 'guest', '--yes'], { dataDir })).stdout).toContain('Guest is removed.');
    expect(await runJson(['plan', 'list'], { dataDir })).toEqual([]);
  });
});
