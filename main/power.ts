import { networkInterfaces } from 'node:os';
import { powerMonitor } from 'electron';
import { systemClock } from '../app/domain/clock.ts';
import type { HostedRelay } from './relay-host.ts';
import { WakeWatch } from './waking.ts';

/** Tells the relay of sleep and of other networks. Answers how to stop. */
export function watchPower({ wake }: Pick<HostedRelay, 'wake'>): () => void {
  const waking = new WakeWatch({ clock: systemClock, addresses: currentAddresses, wake });
  powerMonitor.on('suspend', () => waking.fellAsleep());
  powerMonitor.on('resume', () => waking.woke());
  return () => waking.stop();
}

function currentAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((found) => found?.map(({ address }) => address) ?? []);
}
