import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endingOf, newCode, readCode } from './top-up-code.ts';

test('a code is read however a person writes it down', () => {
  const spelling = fc.record({
    isLower: fc.boolean(),
    between: fc.constantFrom('-', '', ' ', ' - '),
    zero: fc.constantFrom('0', 'o', 'O'),
    one: fc.constantFrom('1', 'i', 'I', 'l', 'L'),
  });
  fc.assert(
    fc.property(spelling, ({ isLower, between, zero, one }) => {
      const code = newCode();
      const cased = isLower ? code.toLowerCase() : code;
      expect(readCode(` ${cased.replaceAll('0', zero).replaceAll('1', one).replace('-', between)}\n`)).toBe(code);
      expect(code.endsWith(endingOf(code))).toBe(true);
    }),
  );
});

test.each(['', 'ABCDEFGH', 'ABCDEFGH-ABCDEFGHJ', 'UUUUUUUU-00000000', 'ABCDEFGH_ABCDEFGH', 'ÄBCDEFGH-ABCDEFGH'])(
  '%j cannot be a code',
  (typed) => {
    expect(readCode(typed)).toBeUndefined();
  },
);

test('every character is drawn, and none that is read as another', () => {
  const drawn = new Set(Array.from({ length: 500 }, () => newCode().replace('-', '')).join(''));
  expect([...drawn].sort().join('')).toBe('0123456789ABCDEFGHJKMNPQRSTVWXYZ');
});
