import { expect, test } from 'vitest';
import { type Release, RetryBudget } from './retry-budget.ts';

const never = new AbortController().signal;

async function isAdmitted(entered: ReturnType<RetryBudget['enter']>): Promise<boolean> {
  const waiting = Symbol('waiting');
  return (await Promise.race([entered, Promise.resolve(waiting)])) !== waiting;
}

test('three retries at a time are always allowed, and one more for each five calls on their way', async () => {
  const budget = new RetryBudget();
  for (let call = 0; call < 10; call += 1) budget.begin();
  const entered = Array.from({ length: 6 }, () => budget.enter(never));
  expect(await Promise.all(entered.map(isAdmitted))).toEqual([true, true, true, true, true, false]);
});

test('who waits goes on in the order of asking, when a retry has begun to be answered', async () => {
  const budget = new RetryBudget();
  const releases = await Promise.all([1, 2, 3].map(() => budget.enter(never)));
  const order: string[] = [];
  const waits = ['first', 'second'].map((name) => {
    const entered = budget.enter(never);
    return Promise.resolve(entered).then((release) => {
      order.push(name);
      return release;
    });
  });
  releases[0]?.();
  releases[0]?.();
  await waits[0];
  expect(order).toEqual(['first']);
  releases[1]?.();
  await waits[1];
  expect(order).toEqual(['first', 'second']);
});

test('a client that leaves waits no more, and takes nobody’s turn', async () => {
  const budget = new RetryBudget();
  const [first] = await Promise.all([1, 2, 3].map(() => budget.enter(never)));
  const controller = new AbortController();
  const gone = budget.enter(controller.signal);
  const next = budget.enter(never) as Promise<Release | undefined>;
  controller.abort();
  expect(await gone).toBeUndefined();
  expect(await budget.enter(AbortSignal.abort())).toBeUndefined();
  first?.();
  expect(await next).toBeTypeOf('function');
});

test('who does not wait gets a permission at once or not at all, and never before those who wait', async () => {
  const budget = new RetryBudget();
  const releases = [1, 2, 3].map(() => budget.tryEnter());
  expect(releases.every((release) => release !== undefined)).toBe(true);
  expect(budget.tryEnter()).toBeUndefined();
  const waiting = budget.enter(never);
  releases[0]?.();
  const waited = await waiting;
  expect(budget.tryEnter()).toBeUndefined();
  waited?.();
  expect(budget.tryEnter()).toBeTypeOf('function');
});
