import { expect, test } from 'vitest';
import { compareValues } from './sort-value.ts';

test.each([
  ['numbers by their size', [10, 9, 2.5], [2.5, 9, 10]],
  ['texts by the numbers in them', ['b10', 'b2', 'a'], ['a', 'b2', 'b10']],
  ['texts whatever their case', ['b', 'A', 'C'], ['A', 'b', 'C']],
])('%s', (_, given, expected) => {
  expect(given.toSorted(compareValues)).toEqual(expected);
});
