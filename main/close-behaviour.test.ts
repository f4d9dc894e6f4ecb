import { expect, test } from 'vitest';
import { closeBehaviour } from './close-behaviour.ts';

test.each([
  [{ canHide: true, whenClosed: 'ask' }, 'hide'],
  [{ canHide: true, whenClosed: 'quit' }, 'hide'],
  [{ canHide: false, whenClosed: 'ask' }, 'ask'],
  [{ canHide: false, whenClosed: 'quit' }, 'quit'],
  [{ canHide: false, whenClosed: 'minimise' }, 'minimise'],
] as const)('check 8: closing the window with %j means %s', (surroundings, expected) => {
  expect(closeBehaviour(surroundings)).toBe(expected);
});
