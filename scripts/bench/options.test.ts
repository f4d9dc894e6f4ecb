import { expect, test } from 'vitest';
import { toBenchOptions } from './options.ts';

test('without arguments the bench makes three full rounds of everything', () => {
  expect(toBenchOptions([])).toEqual({ isQuick: false, rounds: 3, only: '', profile: undefined, isBaseline: false });
  expect(toBenchOptions(['--quick', '--only', 'admission'])).toMatchObject({
    isQuick: true,
    rounds: 1,
    only: 'admission',
  });
});

test('help is given where it is asked for', () => {
  expect(toBenchOptions(['--help'])).toEqual({ help: true });
  expect(toBenchOptions(['-h', '--quick'])).toEqual({ help: true });
});

test.each([
  [['--fast'], /--fast/],
  [['--rounds', 'two'], /whole number/],
  [['--only', '('], /\(/],
])('%j is refused with a reason', (args, reason) => {
  expect(toBenchOptions(args)).toEqual({ trouble: expect.stringMatching(reason) });
});
