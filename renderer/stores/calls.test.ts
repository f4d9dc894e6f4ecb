import { expect, test } from 'vitest';
import { type Call, withNewest, withOlder } from './calls.ts';

/** Only its id matters here. */
const calls = (...ids: string[]) => ids.map((requestId) => ({ requestId }) as Call);
const idsOf = ({ calls: found }: { readonly calls: readonly Call[] }) => found.map(({ requestId }) => requestId);

test('new calls stand before those that are known, each once', () => {
  const known = { calls: calls('c', 'b', 'a'), next: 'older' };
  const next = withNewest(known, { calls: calls('e', 'd', 'c'), next: 'b' });
  expect([idsOf(next), next.next]).toEqual([['e', 'd', 'c', 'b', 'a'], 'older']);
});

test('when more came than one answer holds, the list begins anew instead of hiding a gap', () => {
  const known = { calls: calls('b', 'a'), next: null };
  const next = withNewest(known, { calls: calls('z', 'y'), next: 'x' });
  expect([idsOf(next), next.next]).toEqual([['z', 'y'], 'x']);
});

test('the first calls of an empty list are simply there', () => {
  expect(idsOf(withNewest({ calls: [], next: null }, { calls: calls('a'), next: null }))).toEqual(['a']);
  expect(idsOf(withNewest(undefined, { calls: calls('a'), next: null }))).toEqual(['a']);
});

test('older calls stand behind, and two answers to one question count once', () => {
  const known = { calls: calls('c', 'b'), next: 'b' };
  const once = withOlder(known, { calls: calls('a'), next: null });
  const twice = withOlder(once, { calls: calls('a'), next: null });
  expect([idsOf(twice), twice.next]).toEqual([['c', 'b', 'a'], null]);
});
