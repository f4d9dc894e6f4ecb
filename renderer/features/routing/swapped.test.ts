import { expect, test } from 'vitest';
import { swapped } from './swapped.ts';

test.each([
  ['goes up', 'b', -1, ['b', 'a', 'c']],
  ['goes down', 'b', 1, ['a', 'c', 'b']],
  ['cannot go above the first', 'a', -1, undefined],
  ['cannot go below the last', 'c', 1, undefined],
  ['cannot go when it is not there', 'z', 1, undefined],
] as const)('an entry of a list %s', (_, id, by, expected) => {
  expect(swapped(['a', 'b', 'c'], id, by)).toEqual(expected);
});
