import { constants, existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BackupUnreadable } from '../backups/backup-file.ts';
import { restoreBackup } from '../backups/restore-backup.ts';
import { claimDataDir } from '../instance.ts';
import type { Output } from '../server/admin/contract.ts';
import { backupsFolder, databaseFile } from '../store/data-folder.ts';
import type { Command, Invocation } from './command.ts';
import { configOf, findRunning, withOperations } from './connection.ts';
import { bytes } from './numbers.ts';
import { tell } from './page.ts';
import { confirmRemoval, removalFlags } from './removal.ts';
import { askHidden, canAsk, readPipedLines } from './secret-input.ts';
import { type Column, table } from './table.ts';
import { dateTime } from './time.ts';
import { UsageError } from './usage-error.ts';

type Backup = Output<'takeBackup'>;

const stdinFlag = { type: 'boolean', text: 'read the passphrase from standard input, one line' } as const;

export const backupCommands: readonly Command[] = [
  {
    name: 'backup create',
    argument: '[FILE]',
    summary: 'write everything, accounts with their secrets too, into one encrypted file',
    flags: { stdin: stdinFlag },
    notes: [
      'Its passphrase opens it on any computer, and nothing else does: keep it',
      'apart from the file. What calls said, if you had it kept, is not in it.',
    ],
    run: create,
  },
  {
    name: 'backup list',
    summary: 'show the backups that are in the data folder',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const { folder, backups } = await operations.listBackups({});
        const none = 'There is no backup here. Make one: waystation backup create';
        return call.print({
          json: { folder, backups },
          text: (page) => (backups.length === 0 ? none : `${table(page, columns, backups)}\n\nIn ${folder}`),
        });
      }),
  },
  {
    name: 'backup restore',
    argument: 'FILE',
    summary: 'put back what a backup holds; what is there now is set aside, not removed',
    flags: { stdin: stdinFlag, ...removalFlags },
    notes: ['Stop the relay first. The secrets go under the key of this computer again.'],
    run: restore,
  },
  {
    name: 'backup remove',
    argument: 'NAME',
    summary: 'remove a backup from the data folder',
    flags: removalFlags,
    run: async (call) => {
      await confirmRemoval(call, `Remove the backup ${call.argument}? Without another copy it is gone.`);
      return await withOperations(call, async (operations) => {
        const removed = await operations.removeBackup({ name: call.argument ?? '' });
        return call.print({ json: removed, text: () => `${removed.name} is removed.` });
      });
    },
  },
];

async function create(call: Invocation): Promise<number> {
  const file = call.argument === undefined ? undefined : resolve(call.argument);
  if (file !== undefined && existsSync(file)) throw new UsageError(`${file} is there already. Name another file.`);
  const passphrase = await newPassphrase(call);
  return await withOperations(call, async (operations) => {
    const taken = await operations.takeBackup({ passphrase });
    const kept = join(backupsFolder(configOf(call)), taken.name);
    if (file !== undefined) await copyFile(kept, file, constants.COPYFILE_EXCL);
    const written = file === undefined ? [kept] : [file, kept];
    return call.print({
      json: { ...taken, file: file ?? kept },
      text: () => `${bytes(taken.bytes)}, written to:\n${written.join('\n')}`,
    });
  });
}

async function restore(call: Invocation): Promise<number> {
  const config = configOf(call);
  if (config.databaseUrl !== undefined) {
    throw new UsageError('A backup goes into the built-in database. Leave the address of the PostgreSQL server out.');
  }
  if (await findRunning(config.dataDir)) {
    throw new UsageError('Waystation runs on this data folder. Quit it first, then restore.');
  }
  const file = resolve(call.argument ?? '');
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  const database = databaseFile(config);
  const passphrase = await readPassphrase(call, 'Passphrase of the backup');
  if (existsSync(database)) {
    await confirmRemoval(call, `Replace everything in ${config.dataDir}? What is there is set aside.`);
  }
  const claim = claimDataDir(config.dataDir);
  try {
    const restored = await restoreBackup({
      ...{ file, passphrase, database, now: call.io.clock.now() },
      places: {
        ...{ backend: config.secrets, folder: config.dataDir, passphrase: config.passphrase },
        warn: (message) => tell(call.io.stderr, message),
      },
    });
    const aside = restored.setAside === undefined ? '' : `\nWhat was there before is in:\n${restored.setAside}`;
    return call.print({
      json: { ...restored, setAside: restored.setAside ?? null },
      text: () => `Everything is as it was on ${dateTime(restored.at)}.${aside}`,
    });
  } catch (error) {
    if (error instanceof BackupUnreadable) throw new UsageError(error.message);
    throw error;
  } finally {
    claim.release();
  }
}

/** Asked twice: a slip would be noticed only when it is needed. */
async function newPassphrase(call: Invocation): Promise<string> {
  const passphrase = await readPassphrase(call, 'Passphrase for the backup (at least 8 characters)');
  if (!call.flags.has('stdin') && (await askHidden(call.io, 'Once more')) !== passphrase) {
    throw new UsageError('The two passphrases differ. Nothing was written.');
  }
  return passphrase;
}

async function readPassphrase({ flags, io }: Invocation, question: string): Promise<string> {
  if (flags.has('stdin')) return (await readPipedLines(io.stdin, ['the passphrase']))[0] ?? '';
  if (canAsk(io)) return await askHidden(io, question);
  throw new UsageError('There is nobody to ask for the passphrase. Pipe it in and add --stdin.');
}

const columns: readonly Column<Backup>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'TAKEN', cell: ({ at }) => dateTime(at) },
  { title: 'SIZE', align: 'right', cell: (backup) => bytes(backup.bytes) },
];
