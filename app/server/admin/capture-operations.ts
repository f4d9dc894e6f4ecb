import { maxCaptureAgeMs, maxCaptureBytes } from '../../usage/capture-folder.ts';
import type { CaptureState } from '../../usage/capture-switch.ts';
import { maxExcerptBytes } from '../call-capture.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'captures' | 'settings' | 'live'>;

/** Stored so that each change is in the record; a relay that starts does not read it: it starts without. */
const stored = 'capture.state';
const off: CaptureState = { isOn: false, until: null, callsLeft: null };
const limits = { ageMs: maxCaptureAgeMs, bytes: maxCaptureBytes, bodyBytes: maxExcerptBytes };

export function captureOperations({ captures, settings, live }: Parts) {
  const show = async () => ({ ...(live?.capture.state ?? off), kept: await captures.size(), limits });
  const note = (what: object) => settings.set(stored, JSON.stringify(what));
  return {
    showCapture: operation(routes.showCapture, show),
    startCapture: operation(routes.startCapture, async ({ minutes, calls }) => {
      if (!live)
        throw new AdminError('unavailable', 'No relay runs that could capture calls. Start it: waystation serve');
      await note(live.capture.turnOn({ forMs: minutes * 60_000, calls }));
      return await show();
    }),
    stopCapture: operation(routes.stopCapture, async () => {
      live?.capture.turnOff();
      await note(off);
      return await show();
    }),
    purgeCapture: operation(routes.purgeCapture, async () => {
      const purged = await (live ? live.purgeCaptures() : captures.purge());
      await note({ ...off, purged });
      return purged;
    }),
    showCapturedCall: operation(routes.showCapturedCall, async ({ requestId }) => ({
      captured: (await captures.read(requestId)) ?? null,
    })),
  };
}
