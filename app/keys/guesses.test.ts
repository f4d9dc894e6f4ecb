import { expect, test } from 'vitest';
import { manualClock } from '../usage/__fixtures__/manual-clock.ts';
import { KeyGuesses } from './guesses.ts';

function guesser() {
  const clock = manualClock();
  const guesses = new KeyGuesses(clock);
  const guess = (address: string, times: number) => {
    for (let count = 0; count < times; count += 1) guesses.wrong(address);
  };
  return { clock, guesses, guess };
}

test('a tool that tries its wrong key a dozen times a minute never has to wait', () => {
  const { clock, guesses, guess } = guesser();
  for (let minute = 0; minute < 60; minute += 1) {
    guess('127.0.0.1', 12);
    clock.advance(60_000);
  }
  expect(guesses.restMs('127.0.0.1')).toBe(0);
});

test('fifty wrong keys within ten seconds make an address rest, twice as long each time, for five minutes at most', () => {
  const { clock, guesses, guess } = guesser();
  guess('10.0.0.7', 49);
  expect(guesses.restMs('10.0.0.7')).toBe(0);
  const rests: number[] = [];
  guess('10.0.0.7', 1);
  for (let round = 0; round < 8; round += 1) {
    const restMs = guesses.restMs('10.0.0.7');
    rests.push(restMs);
    clock.advance(restMs);
    expect(guesses.restMs('10.0.0.7')).toBe(0);
    guess('10.0.0.7', 50);
  }
  expect(rests).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  clock.advance(600_000);
  guess('10.0.0.7', 50);
  expect(guesses.restMs('10.0.0.7')).toBe(5_000);
});

test('other addresses are none of it, but the neighbours of an IPv6 address are', () => {
  const { guesses, guess } = guesser();
  guess('2001:db8:1:2::9', 25);
  guess('2001:db8:1:2:ffff:1:2:3', 25);
  expect(guesses.restMs('2001:db8:1:2::1')).toBe(5_000);
  expect([guesses.restMs('2001:db8:1:3::1'), guesses.restMs('10.0.0.8'), guesses.restMs(undefined)]).toEqual([0, 0, 0]);
});

test('however many addresses guess, only so many are remembered', () => {
  const { guesses } = guesser();
  for (let count = 0; count < 25_000; count += 1)
    guesses.wrong(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`);
  for (let count = 0; count < 50; count += 1) guesses.wrong('10.0.0.1');
  expect(guesses.restMs('10.0.0.1')).toBe(5_000);
});
