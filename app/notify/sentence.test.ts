import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type AlertDetail, alertKinds, noAmount } from '../domain/alert.ts';
import { nothingHeld, withAlert } from './held.ts';
import { alertSentence, heldText } from './sentence.ts';
import { languages } from './words.ts';

const now = Date.parse('2026-11-28T12:00:00Z');
const english = { language: 'en', timeZone: 'UTC' } as const;
const detail = (more: Partial<AlertDetail>): AlertDetail => ({
  ...{ ...noAmount, kind: 'failed-over', subjectId: 'a', subjectName: 'Max', otherName: 'Console', ...more },
});

test.each([
  [{ used: 1 }, 'A request to Max failed. Console served it instead.'],
  [{ used: 12 }, '12 requests to Max failed within a minute. Console served them instead.'],
  [{ kind: 'accounts-unavailable' }, 'No account can take requests now. Somebody has to act: see the Accounts page.'],
  [
    { kind: 'accounts-unavailable', resetsAt: now + 3_600_000 },
    'No account can take requests now. The first is back 13:00.',
  ],
  [{ kind: 'account-limited', resetsAt: now + 3_600_000 }, 'Max is at its limit. Back 13:00.'],
  [{ kind: 'member-limit-reached', window: 'day', percent: 80 }, 'Max has used 80% of the limit “day”.'],
  [{ kind: 'account-run-out', window: '5h', runsOutAt: now + 60_000 }, 'Max runs out 12:01 (5h).'],
] as const)('%j is said in words', (more, expected) => {
  expect(alertSentence(detail(more), english, now)).toBe(expected);
});

test.each(languages)('in %s every alert has its words, with the same blanks', (language) => {
  const table = (name: string): Record<string, string> =>
    JSON.parse(readFileSync(new URL(`./texts/${name.toLowerCase()}.json`, import.meta.url), 'utf8'));
  const blanks = (text = '') => [...new Set([...text.matchAll(/\{\{\w+\}\}/g)].map(String))].sort();
  const [here, there] = [table(language), table('en')];
  expect(Object.keys(here)).toEqual(Object.keys(there));
  for (const key of Object.keys(there)) expect([key, blanks(here[key])]).toEqual([key, blanks(there[key])]);
  for (const kind of alertKinds) {
    const said = alertSentence(
      detail({ kind, window: 'day', runsOutAt: now, resetsAt: now }),
      { ...english, language },
      now,
    );
    expect(said).not.toMatch(/\{\{|undefined/);
  }
});

test('what was held is one message: how many of what, and the newest with their times', () => {
  const alerts = Array.from({ length: 5 }, (_, index) => ({
    ...detail(index === 3 ? { kind: 'account-needs-sign-in' } : { used: 1 }),
    ...{ id: index + 1, at: now + index * 3_600_000 },
  }));
  const held = alerts.reduce(withAlert, nothingHeld);
  expect(heldText(held, english, now + 19 * 3_600_000).split('\n')).toEqual([
    'During quiet hours: account stepped in ×4 and account needs you ×1.',
    '16:00: A request to Max failed. Console served it instead.',
    '15:00: Max takes no requests: its sign-in has ended. Sign in again on the Accounts page.',
    '14:00: A request to Max failed. Console served it instead.',
    '2 more: see the Notifications page under Settings.',
  ]);
  // Told days later, as when the computer was off: the day says more than the time.
  expect(heldText(held, english, now + 60 * 3_600_000)).toContain('Sat: A request');
  for (const language of languages) expect(heldText(held, { ...english, language }, now)).not.toMatch(/\{\{|undefined/);
});
