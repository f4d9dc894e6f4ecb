import type { TFunction } from 'i18next';
import { expect, test } from 'vitest';
import { windowLabel } from './window-label.ts';

const t = ((key: string) => key) as TFunction;
const hourMs = 3_600_000;

test.each([
  [{ name: '5h', lengthMs: 5 * hourMs }, '5 hours'],
  [{ name: 'secondary', lengthMs: 7 * 24 * hourMs }, '7 days'],
  [{ name: '7d_oi', lengthMs: 7 * 24 * hourMs, models: ['*opus*'] }, '7 days · opus'],
  [{ name: 'requests', models: ['*sonnet*', 'claude-*'] }, 'limits.of-requests · sonnet · claude'],
  [{ name: 'unified' }, 'unified'],
])('%o is said as %s', (window, label) => {
  expect(windowLabel(window, t, 'en-GB')).toBe(label);
});
