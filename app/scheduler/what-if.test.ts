import { expect, test } from 'vitest';
import { snapshotOf, start, viewOf } from './__fixtures__/views.ts';
import type { Ask, Snapshot } from './plan.ts';
import { atMoment, simulate } from './simulate.ts';
import { type AccountChange, whatIf } from './what-if.ts';

const ask: Ask = { model: 'claude-sonnet-4-5', route: 'messages', bringsCredential: false };
const half = { name: '5h', used: 0.5, lengthMs: 18_000_000, resetsAt: start + 60_000, isExhausted: false };
const snapshot: Snapshot = snapshotOf([
  viewOf('a', { account: { priority: 1 }, limits: { readAt: start, windows: [half] } }),
  viewOf('b', { account: { priority: 2 } }),
]);

function order(changes: readonly AccountChange[]): string[] {
  const plain = atMoment(snapshot, snapshot.now);
  const views = plain.views.map((view) => whatIf(view, changes));
  return simulate({ ...plain, views }, ask).candidates.map(({ account }) => account.id);
}

test.each<[string, readonly AccountChange[], string[]]>([
  ['nothing changed leaves the order', [], ['a', 'b']],
  [
    'another order of priority',
    [
      { accountId: 'b', priority: 1 },
      { accountId: 'a', priority: 2 },
    ],
    ['b', 'a'],
  ],
  ['a pause takes an account out', [{ accountId: 'a', isEnabled: false }], ['b']],
  ['a lower stop-at keeps new sessions away', [{ accountId: 'a', stopAt: { '5h': 40 } }], ['b']],
  ['a higher one does not', [{ accountId: 'a', stopAt: { '*': 60 } }], ['a', 'b']],
  ['an account that is not there changes nothing', [{ accountId: 'z', isEnabled: false }], ['a', 'b']],
])('%s', (_, changes, expected) => {
  expect(order(changes)).toEqual(expected);
});

test('the accounts themselves stay as they are', () => {
  order([{ accountId: 'a', isEnabled: false, priority: 9 }]);
  expect(snapshot.views.map(({ account }) => [account.isEnabled, account.priority])).toEqual([
    [true, 1],
    [true, 2],
  ]);
});
