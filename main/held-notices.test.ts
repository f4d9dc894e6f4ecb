import { expect, test } from 'vitest';
import { type Alert, noAmount } from '../app/domain/alert.ts';
import type { Held, HeldRange } from '../app/notify/held.ts';
import { isQuiet } from '../app/notify/rules.ts';
import { manualClock } from '../app/state/__fixtures__/manual-clock.ts';
import { HeldNotices } from './held-notices.ts';
import { heldNotice } from './notices.ts';
import { textsIn } from './texts.ts';

const quiet = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
const alert = (id: number, at: number, kind: Alert['kind'] = 'failed-over'): Alert => ({
  ...{ ...noAmount, id, at, kind, subjectId: 'a', subjectName: `Max ${id}`, otherName: 'Console', used: 1 },
});

function at(moment: string) {
  const clock = manualClock(Date.parse(moment));
  const shown: Held[] = [];
  const kept: (HeldRange | null)[] = [];
  const held = new HeldNotices({
    clock,
    isQuiet: () => isQuiet({ quiet }, { now: clock.now(), timeZone: 'UTC' }),
    isWanted: (type) => type !== 'limits',
    keep: (range) => kept.push(range),
    show: (one) => shown.push(one),
  });
  /** In steps, as a timer that is set again and again sees it. */
  const goTo = (end: string) => {
    while (clock.now() < Date.parse(end)) clock.advance(15_000);
  };
  return { clock, shown, kept, held, goTo };
}

test.each([
  ['a night', '2026-06-01T23:50:00+02:00', '2026-06-02T06:59:45+02:00'],
  ['the night that is an hour short', '2026-03-28T23:50:00+01:00', '2026-03-29T06:59:45+02:00'],
  ['the night that is an hour long', '2026-10-24T23:50:00+02:00', '2026-10-25T06:59:45+01:00'],
])('%s: one message when the clock shows the end, with what came before and after midnight', (_, late, early) => {
  const { clock, shown, kept, held, goTo } = at(late);
  held.add(alert(4, clock.now()));
  goTo(early);
  held.add(alert(7, clock.now(), 'account-needs-sign-in'));
  // It stands in no list.
  held.add(alert(0, clock.now(), 'relay-stopped'));
  expect([shown, kept.at(-1)]).toEqual([[], { first: 4, last: 7 }]);
  clock.advance(15_000);
  expect(shown).toMatchObject([{ counts: { 'failed-over': 1, 'needs-sign-in': 1, 'relay-stopped': 1 } }]);
  expect(shown[0]?.newest.map(({ id }) => id)).toEqual([0, 7, 4]);
  expect(kept.at(-1)).toBeNull();
  clock.advance(3_600_000);
  expect(shown).toHaveLength(1);
});

test('what was held when the app was quit is told after the next start, without what is not wanted or was told', async () => {
  const { clock, shown, held } = at('2026-06-02T09:00:00+02:00');
  const kinds = ['failed-over', 'accounts-unavailable', 'account-limited', 'failed-over', 'failed-over'] as const;
  const log = kinds.map((kind, index) => alert(index + 1, clock.now(), kind)).toReversed();
  await held.resume({ first: 1, last: 4 }, async ({ before = 0 }) => log.filter(({ id }) => id < before));
  expect(shown).toMatchObject([{ counts: { 'failed-over': 2 } }]);
  expect(shown[0]?.newest.map(({ id }) => id)).toEqual([4, 1]);
  await held.resume(null, () => expect.fail('nothing is held'));
  expect(shown).toHaveLength(1);
});

test('the message has no more lines than can be read, however much was held, and is silent where all of it is', () => {
  const { clock, shown, held, goTo } = at('2026-06-01T23:00:00+02:00');
  for (let id = 1; id <= 2_000; id += 1) held.add(alert(id, clock.now()));
  goTo('2026-06-02T07:00:00+02:00');
  const speech = { say: textsIn('en'), language: 'en', timeZone: 'Europe/Berlin' } as const;
  const [many] = shown.map((one) => heldNotice(one, speech, clock.now()));
  expect(many?.silent).toBe(false);
  expect(many?.body.split('\n')).toEqual([
    'During quiet hours: account stepped in ×2000.',
    ...[2_000, 1_999, 1_998].map((id) => `23:00: A request to Max ${id} failed. Console served it instead.`),
    '1997 more: see the Notifications page under Settings.',
  ]);
  const update = { counts: { 'update-ready': 1 }, newest: [alert(1, clock.now(), 'update-ready')] };
  expect(heldNotice(update, speech, clock.now()).silent).toBe(true);
});
