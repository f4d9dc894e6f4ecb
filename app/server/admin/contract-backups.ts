import * as z from 'zod';

// The part of the contract about copies of everything that its owner may carry elsewhere.

export const backupName = z.string().regex(/^waystation-[\dTZ-]+\.backup$/);
const moment = z.int().nonnegative();
const none = z.strictObject({});
const byName = z.strictObject({ name: backupName });

export const backup = z.object({
  name: z.string(),
  at: moment,
  /** Of the Waystation that took it. */
  version: z.string(),
  bytes: z.int().nonnegative(),
});

export const backupPath = '/backups/:name/file';

export const backupRoutes = {
  /** The newest first, each with the command that puts it back: no relay may run meanwhile. */
  listBackups: {
    method: 'GET',
    path: '/backups',
    input: none,
    output: z.object({
      folder: z.string(),
      /** False where the database is on a server, which has backups of its own. */
      canTake: z.boolean(),
      backups: z.array(backup.extend({ restoreCommand: z.string() })),
    }),
  },
  /** Without the passphrase nobody opens it again. */
  takeBackup: {
    method: 'POST',
    path: '/backups',
    input: z.strictObject({ passphrase: z.string().min(8, 'Give at least 8 characters').max(1_024) }),
    output: backup,
  },
  removeBackup: {
    method: 'DELETE',
    path: '/backups/:name',
    input: byName,
    output: z.object({ name: z.string(), removed: z.literal(true) }),
  },
} as const;
