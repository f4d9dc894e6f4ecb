import { expect, test } from 'vitest';
import { alertKinds } from '../domain/alert.ts';
import { notificationRules, notificationTypes, tellingOf, typeDefaults, typeOf } from './rules.ts';

const at = (text: string, timeZone = 'UTC') => ({ now: Date.parse(text), timeZone });
const noon = at('2026-06-01T12:00:00Z');
const night = { from: '22:00', to: '07:00' };

test('what is told unless its owner says otherwise', () => {
  const told = Object.fromEntries(alertKinds.map((kind) => [kind, tellingOf(kind, {}, noon)]));
  const kept = Object.keys(told).filter((kind) => told[kind] === 'keep');
  expect(kept).toEqual(['account-limited', 'account-recovered']);
  expect(Object.keys(told).filter((kind) => told[kind] === 'tell-quietly')).toEqual(['update-ready']);
  expect(new Set(Object.values(typeOf))).toEqual(new Set(notificationTypes));
});

test.each(notificationTypes)('%s is turned on and off by itself', (type) => {
  const ofType = alertKinds.filter((kind) => typeOf[kind] === type);
  const turned = { types: { [type]: !typeDefaults[type] } };
  for (const kind of alertKinds) {
    const isTold = tellingOf(kind, turned, noon) !== 'keep';
    expect([kind, isTold]).toEqual([kind, ofType.includes(kind) !== typeDefaults[typeOf[kind]]]);
  }
});

test.each([
  ['21:59', 'tell'],
  ['22:00', 'hold'],
  ['23:59', 'hold'],
  ['00:00', 'hold'],
  ['06:59', 'hold'],
  ['07:00', 'tell'],
  ['12:00', 'tell'],
])('quiet hours go over midnight: at %s it is %s', (time, expected) => {
  expect(tellingOf('failed-over', { quiet: night }, at(`2026-06-01T${time}:00Z`))).toBe(expected);
});

test.each([
  ['11:59', 'tell'],
  ['12:00', 'hold'],
  ['12:59', 'hold'],
  ['13:00', 'tell'],
])('quiet hours within a day end on it: at %s it is %s', (time, expected) => {
  const rules = { quiet: { from: '12:00', to: '13:00' } };
  expect(tellingOf('failed-over', rules, at(`2026-06-01T${time}:00Z`))).toBe(expected);
});

test('quiet hours are those of the computer, or of the zone that they name', () => {
  const moment = at('2026-06-01T15:00:00Z', 'Asia/Tokyo');
  expect(tellingOf('failed-over', { quiet: night }, moment)).toBe('hold');
  expect(tellingOf('failed-over', { quiet: { ...night, timeZone: 'Europe/Berlin' } }, moment)).toBe('tell');
});

// Berlin: on 29 March 2026 clocks go from 02:00 to 03:00, on 25 October from 03:00 back to 02:00.
test.each([
  ['2026-03-29T00:59:59Z', 'tell'],
  ['2026-03-29T01:00:00Z', 'hold'],
  ['2026-03-29T01:59:59Z', 'hold'],
  ['2026-03-29T02:00:00Z', 'tell'],
  ['2026-10-25T00:29:59Z', 'tell'],
  ['2026-10-25T00:30:00Z', 'hold'],
  ['2026-10-25T00:59:59Z', 'hold'],
  ['2026-10-25T01:00:00Z', 'tell'],
  ['2026-10-25T01:30:00Z', 'hold'],
  ['2026-10-25T02:59:59Z', 'hold'],
  ['2026-10-25T03:00:00Z', 'tell'],
])('quiet hours follow the clock where it is set: at %s it is %s', (moment, expected) => {
  const quiet = { from: '02:30', to: '04:00', timeZone: 'Europe/Berlin' };
  expect(tellingOf('failed-over', { quiet }, at(moment))).toBe(expected);
});

test('only that nobody can be served any more is told at night', () => {
  const moment = at('2026-06-01T23:00:00Z');
  const told = alertKinds.filter((kind) => tellingOf(kind, { quiet: night }, moment) === 'tell');
  expect(told).toEqual(['accounts-unavailable']);
  const off = { quiet: night, types: { 'all-unavailable': false } };
  expect(tellingOf('accounts-unavailable', off, moment)).toBe('keep');
});

test.each([
  [{ types: { 'no-such-type': true } }],
  [{ quiet: { from: '24:00', to: '07:00' } }],
  [{ quiet: { from: '7:00', to: '08:00' } }],
  [{ quiet: { from: '07:00', to: '07:00' } }],
  [{ quiet: { ...night, timeZone: 'Mars/Olympus' } }],
])('%j is refused', (rules) => {
  expect(notificationRules.safeParse(rules).success).toBe(false);
});
