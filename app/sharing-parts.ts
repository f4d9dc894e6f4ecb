import { findPages } from './pages-folder.ts';
import type { Parts } from './parts.ts';
import { SignInRepository } from './people/sign-in-repository.ts';
import { JoinDoor } from './server/join/door.ts';
import { createSharedServer, type SharedEdgeDeps } from './server/shared-edge.ts';
import { Authority, fingerprintOf } from './sharing/authority.ts';
import { CurrentSharing } from './sharing/current-sharing.ts';
import { SharedListeners } from './sharing/listeners.ts';
import { LocalName } from './sharing/local-name.ts';
import { urlsOf } from './sharing/settings.ts';

/** What other computers reach, on the same relay. */
export interface SharingParts {
  readonly listeners: SharedListeners;
  readonly current: CurrentSharing;
  readonly localName: LocalName;
}

/** `changed` hears what a guest changed, by its resource. */
export function createSharing(
  parts: Parts,
  edge: Omit<SharedEdgeDeps, 'join'>,
  changed: (resource: string) => void,
): SharingParts {
  const { settings, vault, alerts, store, ports } = parts;
  const { clock, warn } = ports;
  const authority = new Authority({ settings, vault, clock });
  const localName = new LocalName({ clock, warn });
  const listeners = new SharedListeners({
    clock,
    localName,
    warn,
    authority,
    createServer: (leaf, names) => createSharedServer({ ...edge, join }, leaf, names),
  });
  const current = new CurrentSharing({ settings, listeners, alerts, warn });
  const isOwn = () => current.settings.encryption === 'own-authority';
  const trusted = async () => (isOwn() ? await authority.certificate() : undefined);
  const join: SharedEdgeDeps['join'] = {
    door: new JoinDoor({
      ...{ ...parts, clock, changed, signIns: new SignInRepository(store, clock) },
      noteRefused: (call) => parts.refusedCalls.note(call),
      audited: (change, work) => store.audited(change, work),
    }),
    folder: findPages('join'),
    authority: trusted,
    host: async () => {
      const certificate = await trusted();
      return {
        urls: urlsOf(current.settings, listeners.standings()),
        encryption: current.settings.encryption,
        ...(certificate !== undefined && { fingerprint: fingerprintOf(certificate) }),
      };
    },
    report: (error) => warn(`Somebody could not join: ${String(error)}`),
  };
  return { listeners, current, localName };
}
