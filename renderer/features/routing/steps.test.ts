import { expect, test } from 'vitest';
import { moved, placed, stepsOf } from './steps.ts';

test('accounts of one number share a step, the lowest number first', () => {
  const accounts = [
    { id: 'spare', priority: 60 },
    { id: 'main', priority: 50 },
    { id: 'second', priority: 50 },
  ];
  expect(stepsOf(accounts).map((step) => step.map(({ id }) => id))).toEqual([['main', 'second'], ['spare']]);
});

test.each([
  ['who shares a step goes below it alone', [['a', 'b'], ['c']], 'a', 1, [['b'], ['a'], ['c']]],
  ['who shares a step goes above it alone', [['a', 'b'], ['c']], 'b', -1, [['b'], ['a'], ['c']]],
  ['who is alone joins the step below', [['a'], ['b']], 'a', 1, [['b', 'a']]],
  ['who is alone joins the step above', [['a'], ['b'], ['c']], 'c', -1, [['a'], ['b', 'c']]],
  ['the first cannot go further up', [['a'], ['b']], 'a', -1, undefined],
  ['the last cannot go further down', [['a'], ['b']], 'b', 1, undefined],
  ['nobody moves who is not there', [['a']], 'z', 1, undefined],
] as const)('%s', (_, steps, id, by, expected) => {
  expect(moved(steps, id, by)).toEqual(expected);
});

test.each([
  ['on another step', [['a'], ['b']], 'a', { into: 1 }, [['b', 'a']]],
  ['before all', [['a', 'b'], ['c']], 'c', { before: 0 }, [['c'], ['a', 'b']]],
  ['after all', [['a', 'b'], ['c']], 'a', { before: 2 }, [['b'], ['c'], ['a']]],
  ['on its own step, which changes nothing', [['a'], ['b']], 'a', { into: 0 }, undefined],
  ['beside itself, which changes nothing', [['a'], ['b']], 'a', { before: 1 }, undefined],
  ['although it is not there', [['a']], 'z', { into: 0 }, undefined],
] as const)('an account is dropped %s', (_, steps, id, place, expected) => {
  expect(placed(steps, id, place)).toEqual(expected);
});
