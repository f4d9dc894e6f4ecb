import type { Parts } from './parts.ts';
import { forgetOldChanges } from './server/admin/audit-retention.ts';
import type { AdminDoor } from './server/admin/door.ts';
import type { CurrentSharing } from './sharing/current-sharing.ts';
import { keepDailyCopy } from './store/daily-copy.ts';
import { copiesFolder, databaseFile } from './store/data-folder.ts';

/** What is kept by the process that relays. */
export interface Hearing {
  readonly doors: readonly Pick<AdminDoor, 'reload'>[];
  readonly sharing: CurrentSharing;
}

/** Lets go of what is older than its owner wants it kept. Resolves also when the database does not answer. */
export async function forgetOld(parts: Parts, isOpen: () => boolean): Promise<void> {
  const { retention, ports, store, refusedCalls, captures, invites, alerts } = parts;
  try {
    await retention.apply(ports.clock.now(), isOpen);
    await forgetOldChanges(store, ports.clock.now());
    await refusedCalls.forget();
    await captures.prune();
    await invites.forget();
    await alerts.tidy();
  } catch (error) {
    // An unreachable database is no reason to stop: the next round tries again.
    ports.warn(`Old calls could not be removed: ${String(error)}`);
  }
}

/** A copy to go back to if the database breaks. Resolves also when there can be none; a server's database is its owner's. */
export async function keepCopy({ config, store, ports }: Parts): Promise<void> {
  if (store.engine !== 'sqlite') return;
  try {
    await keepDailyCopy(databaseFile(config), copiesFolder(config), ports.clock.now());
  } catch (error) {
    ports.warn(`The daily copy of the database could not be made: ${String(error)}`);
  }
}

/** Takes over what other nodes changed. Resolves also when the database does not answer. */
export async function hearOtherNodes(parts: Parts, { doors, sharing }: Hearing): Promise<void> {
  const { keys, accounts, catalogue, oauth, rules, prices, multipliers, alerts, notifications, pause, commonProxy } =
    parts;
  // An unreachable database is no reason to forget what we know; the next round tries again.
  await Promise.allSettled([
    keys.poll(),
    accounts.poll(),
    catalogue.poll(),
    oauth.reload(),
    rules.reload(),
    pause.reload(),
    ...doors.map((door) => door.reload()),
    sharing.reload(),
    prices.poll(),
    multipliers.reload(),
    commonProxy.reload(),
    alerts.poll(),
    notifications.reload(),
  ]);
}
