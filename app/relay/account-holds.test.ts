import { expect, test } from 'vitest';
import { noCare } from '../accounts/care.ts';
import type { Reservation } from '../keys/reservation.ts';
import { viewOf } from '../scheduler/__fixtures__/views.ts';
import { AccountHolds } from './account-holds.ts';

const window = { kind: 'calendar', unit: 'day', timeZone: 'UTC' } as const;
const care = { ...noCare, caps: [{ measure: 'requests', amount: 1, window, mode: 'smooth' } as const] };
const capped = (id: string) => viewOf(id, { account: { care } });
const usual = { requests: 1, tokens: 100, cost: 5_000 };

/** Notes what each account's hold was settled with. */
function ledger() {
  const lines: string[] = [];
  const reservation = (id: string): Reservation => {
    let spent = 'nothing';
    return {
      standings: [],
      spend: ({ requests, cost }) => {
        spent = `${requests} for ${cost}`;
      },
      [Symbol.asyncDispose]: async () => {
        lines.push(`${id}: ${spent}`);
      },
    };
  };
  return { lines, reservation };
}

test('an account without caps is taken at once, and one with caps is asked once for each call', async () => {
  const asked: string[] = [];
  const holds = new AccountHolds(async ({ id }) => {
    asked.push(id);
    return id === 'full' ? 'full' : undefined;
  });
  expect(holds.take(viewOf('free'))).toBe(true);
  expect(await holds.take(capped('a'))).toBe(true);
  expect(holds.take(capped('a'))).toBe(true);
  expect(await holds.take(capped('full'))).toBe(false);
  expect(asked).toEqual(['a', 'full']);
});

test('what a call came to counts for the account of its row, and what was only tried gets its part back', async () => {
  const { lines, reservation } = ledger();
  {
    await using holds = new AccountHolds(async ({ id }) => reservation(id));
    for (const id of ['failed', 'served']) await holds.take(capped(id));
    const attempts = ['failed', 'served'].map((accountId) => ({ accountId, startedAt: 0, durationMs: 1 }));
    holds.spend({ accountId: 'served', attempts }, usual);
  }
  expect(lines).toEqual(['failed: nothing', 'served: 1 for 5000']);
});

test('a try that lost a race counts for its account with what it used', async () => {
  const { lines, reservation } = ledger();
  {
    await using holds = new AccountHolds(async ({ id }) => reservation(id));
    for (const id of ['slow', 'served']) await holds.take(capped(id));
    const slow = { accountId: 'slow', startedAt: 0, durationMs: 1, isCancelled: true, costNanoUsd: 700 } as const;
    holds.spend({ accountId: 'served', attempts: [slow, { accountId: 'served', startedAt: 1, durationMs: 1 }] }, usual);
  }
  expect(lines).toEqual(['slow: 1 for 700', 'served: 1 for 5000']);
});
