import type { Clock } from '../../app/domain/clock.ts';
import type { HostedRelay } from '../relay-host.ts';
import { Seldom } from './seldom.ts';
import { FigureWatch, type RelayFigures, readFigures } from './watch.ts';

export interface FiguresDeps {
  readonly clock: Clock;
  readonly relay: Pick<HostedRelay, 'operations' | 'onChange'>;
  show(figures: RelayFigures | 'unreachable'): void;
}

/** Keeps the tray's figures as they are now. Answers how to stop. */
export function watchFigures({ clock, relay, show }: FiguresDeps): () => Promise<void> {
  const { operations } = relay;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const connections = new Seldom({ clock, read: () => operations.listConnections({}) });
  const sharing = new Seldom({ clock, read: () => operations.showSharing({}) });
  const asked = { ...operations, listConnections: () => connections.get(), showSharing: () => sharing.get() };
  const watch = new FigureWatch({ clock, read: () => readFigures(asked, { timeZone, now: clock.now() }), show });
  const leave = relay.onChange((parts) => {
    if (parts.includes('connections')) connections.forget();
    if (parts.includes('sharing')) sharing.forget();
    watch.changed();
  });
  return async () => {
    leave();
    await watch.stop();
  };
}
