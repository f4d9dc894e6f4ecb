import type { Parts } from './parts.ts';
import { accountToWire } from './server/admin/account-wire.ts';
import { LiveFeed } from './server/admin/live-feed.ts';
import { CallCapture } from './server/call-capture.ts';
import { LiveCalls } from './server/live-calls.ts';
import { CaptureSwitch } from './usage/capture-switch.ts';
import type { RelayWatch } from './wire-relay.ts';

export interface WatchParts extends RelayWatch {
  readonly feed: LiveFeed;
  readonly calls: LiveCalls;
  readonly captureSwitch: CaptureSwitch;
  readonly capture: CallCapture;
}

/** The feed of events, and what it is told by the relay. An account is looked at when its change is told, not when it happens. */
export function createWatch(parts: Parts, version: string): WatchParts {
  const { clock } = parts.ports;
  const feed = new LiveFeed({ clock, version });
  parts.alerts.feed.subscribe((alert) => feed.tell('alert', String(alert.id), alert));
  const shown = (id: string) => {
    const view = parts.accounts.get(id);
    return view && accountToWire(parts, view);
  };
  const captureSwitch = new CaptureSwitch(clock);
  return {
    feed,
    captureSwitch,
    capture: new CallCapture({ folder: parts.captures, switch: captureSwitch, warn: parts.ports.warn }),
    calls: new LiveCalls(feed, () => clock.monotonic()),
    accountChanged: (id) =>
      feed.tellLater('account', id, () => {
        const account = shown(id);
        if (!account) return undefined;
        const { reason, cause, until } = account.health;
        return { accountId: id, state: account.state, reason, cause, until };
      }),
    limitsChanged: (id) =>
      feed.tellLater('limits', id, () => {
        const limits = shown(id)?.limits;
        return limits && { accountId: id, limits };
      }),
  };
}
