import { existsSync, lstatSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import { BackupUnreadable, readFacts } from '../../backups/backup-file.ts';
import { restoreCommand } from '../../backups/restore-command.ts';
import { takeBackup } from '../../backups/take-backup.ts';
import { backupsFolder, databaseFile } from '../../store/data-folder.ts';
import { type backup, backupName, backupRoutes } from './contract-backups.ts';
import { AdminError } from './errors.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Backup = z.output<typeof backup>;

/** The last one that was taken, which may have been carried away since. */
const lastBackup = 'backup.last';

export function backupOperations({ config, store, vault, settings, ports, version }: AdminParts) {
  const folder = backupsFolder(config);
  return {
    listBackups: operation(backupRoutes.listBackups, async () => ({
      folder,
      canTake: store.engine === 'sqlite',
      backups: (await backupsIn(folder)).map((one) => {
        const { dataDir, secrets } = config;
        const place = { file: join(folder, one.name), dataDir, secrets };
        return { ...one, restoreCommand: restoreCommand(place, process.platform) };
      }),
    })),
    takeBackup: operation(backupRoutes.takeBackup, async ({ passphrase }) => {
      if (store.engine !== 'sqlite') {
        throw new AdminError('conflict', 'The database is on a PostgreSQL server. Back it up there, with pg_dump.');
      }
      const at = ports.clock.now();
      const name = await takeBackup({
        ...{ database: databaseFile(config), folder, vault, passphrase, at, version },
      });
      await settings.set(lastBackup, JSON.stringify({ name, at }));
      return await describe(folder, name);
    }),
    removeBackup: operation(backupRoutes.removeBackup, async ({ name }) => {
      await rm(backupFile(config, name));
      return { name, removed: true as const };
    }),
  };
}

/** Throws an `AdminError` when there is none of this name. */
export function backupFile(config: { readonly dataDir: string }, name: string): string {
  const file = join(backupsFolder(config), name);
  // Its name is checked first: it comes from an address. A link would lead out of the folder.
  const isOurs = backupName.safeParse(name).success && lstatSync(file, { throwIfNoEntry: false })?.isFile();
  if (isOurs) return file;
  throw new AdminError('not-found', 'There is no such backup any more.');
}

async function backupsIn(folder: string): Promise<Backup[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter((name) => backupName.safeParse(name).success);
  const found = await Promise.all(names.map((name) => describe(folder, name).catch(notReadable)));
  return found.filter((one) => one !== undefined).sort((one, other) => other.at - one.at);
}

async function describe(folder: string, name: string): Promise<Backup> {
  const file = join(folder, name);
  const { size } = await stat(file);
  return { name, ...(await readFacts(file)), bytes: size };
}

/** Somebody else's file that is named like one of ours. */
function notReadable(error: unknown): undefined {
  if (!(error instanceof BackupUnreadable)) throw error;
}
