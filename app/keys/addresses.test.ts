import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWithin, rangesOf } from './addresses.ts';
import { addresses } from './fields.ts';

const within = (ranges: readonly string[], address: string | undefined) => {
  const made = rangesOf(ranges);
  return made === undefined || isWithin(made, address);
};

test.each<[readonly string[], string | undefined, boolean]>([
  [[], '203.0.113.9', true],
  [[], undefined, true],
  [['10.0.0.0/8'], '10.255.0.1', true],
  [['10.0.0.0/8'], '11.0.0.1', false],
  [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
  [['10.0.0.0/8'], undefined, false],
  [['10.0.0.0/8'], 'nonsense', false],
  [['192.0.2.7'], '192.0.2.7', true],
  [['192.0.2.7'], '192.0.2.8', false],
  [['0.0.0.0/0'], '::1', false],
  [['0.0.0.0/0', '::/0'], '::1', true],
  [['fe80::/10'], 'fe80::1%eth0', true],
  [['fd00::/8', '127.0.0.1'], '127.0.0.1', true],
])('ranges %j hold %s: %s', (ranges, address, expected) => {
  expect(within(ranges, address)).toBe(expected);
});

test('a range holds exactly the addresses that share its first bits', () => {
  const number = fc.nat(0xffff_ffff);
  const text = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
  fc.assert(
    fc.property(number, number, fc.integer({ min: 0, max: 32 }), (one, other, bits) => {
      const shared = bits === 0 || one >>> (32 - bits) === other >>> (32 - bits);
      expect(within([`${text(one)}/${bits}`], text(other))).toBe(shared);
    }),
  );
});

test.each(['10.0.0.0/33', '10.0.0/8', 'fd00::/129', '::ffff:10.0.0.0/104', 'localhost', '10.0.0.1-9', ''])(
  'what is no range is refused: %j',
  (range) => {
    expect(addresses.safeParse([range]).success).toBe(false);
  },
);
