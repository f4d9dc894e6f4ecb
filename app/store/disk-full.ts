const fullCodes = /^(ENOSPC|EDQUOT|SQLITE_FULL|53100)$/;

/** Whether the system, SQLite or PostgreSQL says that a disk, or one's share of it, has no room left. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && fullCodes.test(String(error.code));
}
