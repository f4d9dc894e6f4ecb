import { expect, test } from 'vitest';
import type { Alert } from '../app/domain/alert.ts';
import { manualClock } from '../app/state/__fixtures__/manual-clock.ts';
import { NoticeGroup, noticeOf, type Told } from './notices.ts';
import { textsIn } from './texts.ts';

const speech = { say: textsIn('en'), language: 'en', timeZone: 'UTC' } as const;
const now = Date.parse('2026-11-28T12:00:00Z');
const alert = (id: number, detail: Partial<Alert> = {}, isQuiet = false): Told => ({
  alert: {
    ...{ id, at: now, kind: 'key-limit-reached', subjectId: 'k', subjectName: 'laptop', window: 'day' },
    ...{ percent: 80, used: 8, limit: 10, measure: 'cost', ...detail },
  },
  isQuiet,
});

test.each([
  [{}, 'The key laptop has used 80% of its limit “day”.'],
  [{ kind: 'budget-reached', subjectName: 'Team', percent: 100 }, 'Team has used 100% of its budget.'],
  [
    { kind: 'account-run-out', subjectName: 'Max', window: '5h', runsOutAt: now + 6_600_000 },
    'Max runs out 13:50 (5h).',
  ],
] as const)('%j is said in words', (detail, body) => {
  expect(noticeOf([alert(1, detail)], speech, now)).toEqual({ title: 'Waystation', body, silent: false });
});

test('several are one message, with no more lines than can be read', () => {
  const notice = noticeOf(
    [1, 2, 3, 4, 5].map((id) => alert(id, { subjectName: `k${id}` })),
    speech,
    now,
  );
  expect(notice?.title).toBe('Waystation: 5 messages');
  expect(notice?.body.split('\n')).toHaveLength(4);
  expect(notice?.body).toMatch(/And 2 more\.$/);
});

test('only what nobody has to look up for makes no sound', () => {
  expect(noticeOf([alert(1, {}, true)], speech, now)?.silent).toBe(true);
  expect(noticeOf([alert(1, {}, true), alert(2)], speech, now)?.silent).toBe(false);
});

test('the first is told at once, and what follows within a minute together', () => {
  const clock = manualClock();
  const shown: number[][] = [];
  const group = new NoticeGroup(clock, (alerts) => shown.push(alerts.map(({ alert: { id } }) => id)));
  group.add(alert(1));
  clock.advance(10_000);
  group.add(alert(2));
  group.add(alert(3));
  expect(shown).toEqual([[1]]);
  clock.advance(50_000);
  expect(shown).toEqual([[1], [2, 3]]);
  clock.advance(120_000);
  group.add(alert(4));
  expect(shown).toEqual([[1], [2, 3], [4]]);
});
