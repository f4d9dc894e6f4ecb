import { expect, test } from 'vitest';
import { manualClock } from './__fixtures__/manual-clock.ts';
import { createBudgets } from './budgets.ts';
import { openEmbedded } from './embedded.ts';
import { createKeys } from './keys.ts';
import { asCounts } from './replies.ts';
import type { BudgetWindow } from './state.ts';

test('a window that is used all day is kept in as few fields as one that was used for minutes', async () => {
  const clock = manualClock();
  const engine = await openEmbedded(clock);
  const keys = createKeys('ws:');
  const budgets = createBudgets(engine, keys, clock);
  const window: BudgetWindow = { name: 'busy', span: { kind: 'rolling', lengthMs: 60_000 } };
  await budgets.complete(window, async () => []);
  for (let seconds = 0; seconds < 3_600; seconds += 3) {
    clock.advance(3_000);
    const answer = await budgets.hold([{ window, limit: 100, amount: 1 }], 26_000);
    if (answer.kind !== 'held') throw new Error(`It is ${answer.kind}`);
    await answer.hold.settle([1], clock.now());
  }
  for (const key of [keys.spent('rolling:60000', 'busy'), keys.held('rolling:60000', 'busy')]) {
    const fields = asCounts(await engine.redis.hgetall(key));
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.length).toBeLessThan(80);
  }
  expect(await budgets.read(window)).toMatchObject({ spent: 21, held: 0 });
  await engine.close();
});
