import type { Config } from './config.ts';
import { PortTaken } from './listening.ts';
import { PassphraseNeeded, VaultUnavailable } from './secrets/vault.ts';
import type { Trouble } from './server/admin/contract-waiting.ts';
import { copiesFolder } from './store/data-folder.ts';
import { isDiskFull } from './store/disk-full.ts';
import { StoreTooNew } from './store/migrator.ts';
import { findCopy } from './store/put-back.ts';
import { StoreBusy } from './store/store.ts';

type Found = Omit<Trouble, 'dataDir'>;

/** What stands in the way of a start and can be decided by its owner; undefined for everything else. */
export function troubleOf(error: unknown, config: Config): Trouble | undefined {
  const found = fromWaystation(error, config) ?? fromSystem(error, config);
  return found && { ...found, dataDir: config.dataDir };
}

function fromWaystation(error: unknown, config: Config): Found | undefined {
  if (error instanceof PortTaken) {
    const happened = `Port ${config.port} on ${config.host} is taken by another program.`;
    return { kind: 'port-taken', happened, ways: ['other-port', 'try-again'], port: config.port };
  }
  if (error instanceof PassphraseNeeded) {
    return { kind: 'passphrase-needed', happened: error.happened, ways: ['unlock', 'without-accounts'] };
  }
  if (error instanceof VaultUnavailable) {
    return { kind: 'secrets-locked', happened: error.message, ways: ['try-again', 'without-accounts'] };
  }
  if (error instanceof StoreTooNew) {
    return { kind: 'newer-database', happened: `${error.message}.`, ...backTo(config) };
  }
  return undefined;
}

/** Codes of the system and of SQLite. */
const unusable = /^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|SQLITE_READONLY\w*|SQLITE_CANTOPEN\w*)$/;
const damaged = /^SQLITE_(CORRUPT\w*|NOTADB)$/;

function fromSystem(error: unknown, config: Config): Found | undefined {
  if (isDiskFull(error) || (error instanceof StoreBusy && isDiskFull(error.cause))) {
    const happened = `The disk with the data folder ${config.dataDir} is full: free some space there.`;
    return { kind: 'disk-full', happened, ways: ['try-again', 'quit'] };
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (damaged.test(code)) {
    const happened = `The database in ${config.dataDir} is damaged and cannot be read.`;
    return { kind: 'damaged-database', happened, ...backTo(config) };
  }
  if (!unusable.test(code)) return undefined;
  const happened = `The data folder ${config.dataDir} cannot be written (${code}): it is read-only, was moved, or is not yours.`;
  return { kind: 'folder-unusable', happened, ways: ['try-again', 'quit'] };
}

function backTo(config: Config): Pick<Found, 'ways' | 'backupAt'> {
  // A server's database is its owner's to put back.
  if (config.databaseUrl !== undefined) return { ways: ['try-again', 'quit'] };
  const copy = findCopy(copiesFolder(config));
  return copy ? { ways: ['open-backup', 'quit'], backupAt: copy.at } : { ways: ['start-empty', 'quit'] };
}
