import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../app/domain/clock.ts';
import type { ApiKey } from '../../app/keys/key.ts';
import { manualClock } from '../../app/state/__fixtures__/manual-clock.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventually } from '../support/test-app.ts';
import { type Node, type NodeOptions, openNode } from './limit-node.ts';
import { admit, keyBilled, rowsOf, standingsOf } from './limited-calls.ts';
import { missingRedis, redisUrl, removeKeys, testPrefix } from './state-redis.ts';

const steps = ['call', 'call', 'call', 'abort', 'fail', 'crash-before', 'crash-after'] as const;
type Step = readonly [what: (typeof steps)[number], size: number];
const courses = fc.array(
  fc.record({
    together: fc.array(fc.tuple(fc.constantFrom(...steps), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 6,
    }),
    waitMs: fc.integer({ min: 0, max: 20_000 }),
  }),
  { maxLength: 5 },
);

/** What calls are billed with. */
const multipliers = [undefined, 0.5, 1.337, 2] as const;

const limits = ['requests=12/day,strict', 'tokens=60k/5h,strict', 'cost=0.3usd/day,strict'];
const most = [12, 60_000, 300_000_000];
/** How long a crash may keep what it held. */
const holdsEndWithinMs = 30_000;

/** A process that can be killed: its timers are gone with it. */
class Process {
  readonly #closing: AsyncDisposableStack;
  readonly #options: NodeOptions;
  readonly #clock: Clock;
  #life = 0;
  #node: Node | undefined;

  constructor(options: NodeOptions & { readonly clock: Clock }, closing: AsyncDisposableStack) {
    this.#options = { folder: temporaryFolder(), ...options };
    this.#clock = options.clock;
    this.#closing = closing;
  }

  get node(): Node {
    if (!this.#node) throw new Error('it does not run');
    return this.#node;
  }

  /** Whatever ran before was killed. */
  async start(): Promise<void> {
    this.#life += 1;
    const life = this.#life;
    const clock: Clock = {
      now: () => this.#clock.now(),
      monotonic: () => this.#clock.monotonic(),
      after: (delayMs, callback) => this.#clock.after(delayMs, () => life === this.#life && callback()),
    };
    this.#node = await openNode({ ...this.#options, clock }, this.#closing);
  }
}

/** Odd sizes use all that they may, even ones half of it. */
async function run([what, size]: Step, node: Node, key: ApiKey): Promise<void> {
  const admitted = await admit(node, key, { requestBytes: 1_000 * size, maxOutputTokens: 100 * size });
  const share = size % 2 === 0 ? 0.5 : 1;
  const used = { inputTokens: 1_000 * size * share, outputTokens: 100 * size * share };
  if (what === 'call') await admitted?.end(used);
  if (what === 'abort') await admitted?.end({ ...used, outputTokens: 1, basis: 'estimated' }, { status: 'aborted' });
  if (what === 'fail') await admitted?.end({ basis: 'none' }, { status: 'failed' });
  if (what === 'crash-after') await admitted?.store(used);
}

async function runTogether(together: readonly Step[], processes: readonly Process[], key: ApiKey): Promise<void> {
  await Promise.all(together.map((step, index) => run(step, at(processes, index).node, key)));
}

const crashed = (together: readonly Step[], processes: readonly Process[]) =>
  together.flatMap(([what], index) => (what.startsWith('crash') ? [at(processes, index)] : []));

function at(processes: readonly Process[], index: number): Process {
  const found = processes[index % processes.length];
  if (!found) throw new Error('there is no process');
  return found;
}

async function expectWithinLimits(node: Node, key: ApiKey): Promise<void> {
  for (const [index, sum] of (await rowsOf(node, key)).entries()) expect(sum).toBeLessThanOrEqual(most[index] ?? 0);
}

/** Nothing is held, and what counts is what the rows say, and so are the kept sums. */
async function expectIdle(processes: readonly Process[], key: ApiKey): Promise<void> {
  const { node } = at(processes, 0);
  const rows = await rowsOf(node, key);
  for (const one of processes) expect(await standingsOf(one.node, key)).toEqual(rows.map((sum) => [sum, 0]));
  const [sums] = await node.parts.rollups.summary({ groupBy: 'key', keyId: key.id, timeZone: 'UTC' });
  const { calls = 0, inputTokens = 0, outputTokens = 0, billedNanoUsd = 0 } = sums ?? {};
  expect([calls, inputTokens + outputTokens, billedNanoUsd]).toEqual(rows);
}

describe('any interleaving of admit, settle, abort and crash', () => {
  test('Q01 overshoot-cost-200, Q04 hold-leak: on SQLite and the embedded engine a strict key spends no more than its limit, holds nothing when idle, and its sums are its rows', async () => {
    await using closing = new AsyncDisposableStack();
    const clock = manualClock();
    const only = new Process({ clock }, closing);
    await only.start();
    await fc.assert(
      fc.asyncProperty(courses, fc.constantFrom(...multipliers), async (course, multiplier) => {
        const key = await keyBilled(only.node, multiplier, ...limits);
        for (const { together, waitMs } of course) {
          await runTogether(together, [only], key);
          if (crashed(together, [only]).length > 0) await only.start();
          await expectWithinLimits(only.node, key);
          clock.advance(waitMs);
        }
        clock.advance(holdsEndWithinMs);
        await expectIdle([only], key);
      }),
      { numRuns: 40 },
    );
    expect(await only.node.parts.rollups.check()).toMatchObject({ differences: 0 });
  });
});

suiteThatNeeds((await missingPostgres()) ?? (await missingRedis()), 'and on two nodes', () => {
  test('Q01 overshoot-cost-200, Q04 hold-leak: on PostgreSQL and Redis a strict key spends no more than its limit, holds nothing 30 s later, and its sums are its rows', async () => {
    await using closing = new AsyncDisposableStack();
    const database = await createTestDatabase();
    closing.defer(() => database.drop());
    const prefix = testPrefix();
    closing.defer(() => removeKeys(prefix));
    const options = { clock: systemClock, databaseUrl: database.url, redisUrl, prefix };
    const processes = [new Process(options, closing), new Process(options, closing)];
    for (const one of processes) await one.start();
    // Many keys at the same time, because half a minute is a long wait for each.
    const taken = await Promise.all(
      fc.sample(courses, 24).map(async (course, index) => {
        const multiplier = multipliers[index % multipliers.length];
        return { course, key: await keyBilled(at(processes, 0).node, multiplier, ...limits) };
      }),
    );
    for (let round = 0; round < 5; round += 1) {
      const now = taken.map(({ course, key }) => ({ together: course[round]?.together ?? [], key }));
      await Promise.all(now.map(({ together, key }) => runTogether(together, processes, key)));
      for (const one of new Set(now.flatMap(({ together }) => crashed(together, processes)))) await one.start();
      for (const { key } of taken) await expectWithinLimits(at(processes, 0).node, key);
    }
    const crashedAt = performance.now();
    for (const { course, key } of taken) {
      await eventually(async () => {
        const standings = await standingsOf(at(processes, 1).node, key);
        return performance.now() - crashedAt > holdsEndWithinMs || standings.every(([, held]) => held === 0);
      });
      await expectIdle(processes, key).catch((error: unknown) => {
        throw new Error(`of the course ${fc.stringify(course)}`, { cause: error });
      });
    }
    expect(await at(processes, 0).node.parts.rollups.check()).toMatchObject({ differences: 0 });
  });
});
