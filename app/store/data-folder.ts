import { join } from 'node:path';

// What is where in the data folder.

interface Folder {
  readonly dataDir: string;
}

/** The built-in database. */
export function databaseFile({ dataDir }: Folder): string {
  return join(dataDir, 'waystation.sqlite');
}

/** Plain copies of it, to go back to on this computer. */
export function copiesFolder({ dataDir }: Folder): string {
  return join(dataDir, 'snapshots');
}

/** What its owner may carry elsewhere. */
export function backupsFolder({ dataDir }: Folder): string {
  return join(dataDir, 'backups');
}
