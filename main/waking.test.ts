import { expect, test } from 'vitest';
import { manualClock } from '../app/state/__fixtures__/manual-clock.ts';
import { WakeWatch } from './waking.ts';

function watch() {
  const clock = manualClock();
  const told: unknown[] = [];
  const network = { addresses: ['127.0.0.1', '10.0.0.5'] };
  const watching = new WakeWatch({ clock, addresses: () => network.addresses, wake: (waking) => told.push(waking) });
  return { clock, told, network, watching };
}

test('D17 suspend-resume: the length of a sleep is told by the wall clock', () => {
  const { clock, told, watching } = watch();
  watching.fellAsleep();
  clock.jump(8 * 3_600_000);
  watching.woke();
  expect(told).toEqual([{ kind: 'slept', ms: 8 * 3_600_000 }]);
});

test('D17 suspend-resume: a sleep that nobody announced counts as a long one', () => {
  const { told, watching } = watch();
  watching.woke();
  expect(told).toEqual([{ kind: 'slept', ms: Number.MAX_SAFE_INTEGER }]);
});

test('D18 network-change: another set of addresses is told once, their order is nothing new', () => {
  const { clock, told, network, watching } = watch();
  network.addresses = ['10.0.0.5', '127.0.0.1'];
  clock.advance(5_000);
  expect(told).toEqual([]);
  network.addresses = ['127.0.0.1'];
  clock.advance(5_000);
  clock.advance(5_000);
  expect(told).toEqual([{ kind: 'network-changed', addresses: ['127.0.0.1'] }]);
  watching.stop();
  network.addresses = [];
  clock.advance(60_000);
  expect(told).toHaveLength(1);
});
