interface Backup {
  readonly file: string;
  readonly dataDir: string;
  /** As `--secrets` has it. */
  readonly secrets: string;
}

/** What puts a backup back where this relay has its data, for a terminal of this computer. */
export function restoreCommand({ file, dataDir, secrets }: Backup, platform: NodeJS.Platform): string {
  const words = ['waystation', 'backup', 'restore', file, '--data-dir', dataDir];
  return [...words, ...(secrets === 'auto' ? [] : ['--secrets', secrets])]
    .map((word) => quoted(word, platform))
    .join(' ');
}

/** Only where it must be. Names of files on Windows have no quotation marks in them. */
function quoted(word: string, platform: NodeJS.Platform): string {
  const isWindows = platform === 'win32';
  if ((isWindows ? /^[\w@+=:,./\\-]+$/ : /^[\w@%+=:,./-]+$/).test(word)) return word;
  return isWindows ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`;
}
