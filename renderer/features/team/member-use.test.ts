import { expect, test } from 'vitest';
import { mostOf, shareOf } from './member-use.ts';
import type { MemberStanding } from './member-values.ts';

const spent = (costNanoUsd: number) => ({ calls: 1, tokens: 1, costNanoUsd });
const standing = (fiveHours: number, today: number, week: number): MemberStanding => ({
  ...{ memberId: 'mem_1', standings: [], running: 0 },
  ...{ fiveHours: spent(fiveHours), today: spent(today), week: spent(week) },
});

test('a bar is of the limit for its time, and else beside who spent most', () => {
  const [ada, bob] = [standing(1, 2, 4), standing(2, 4, 16)];
  const window = { kind: 'calendar', unit: 'day', timeZone: 'UTC' } as const;
  const limits = [{ measure: 'cost', amount: 20, window, mode: 'smooth' } as const];
  expect(shareOf({ limits }, ada, mostOf([ada, bob]))).toEqual({
    fiveHours: { share: 0.5, isOfLimit: false },
    today: { share: 0.1, isOfLimit: true },
    week: { share: 0.25, isOfLimit: false },
  });
});

test('where nobody spent anything no bar is full, and over a limit none is longer than full', () => {
  const nobody = standing(0, 0, 0);
  expect(shareOf({ limits: [] }, nobody, mostOf([nobody])).week).toEqual({ share: 0, isOfLimit: false });
  const window = { kind: 'rolling', lengthMs: 18_000_000 } as const;
  const limits = [{ measure: 'cost', amount: 20, window, mode: 'smooth' } as const];
  expect(shareOf({ limits }, standing(90, 90, 90), mostOf([])).fiveHours).toEqual({ share: 1, isOfLimit: true });
});
