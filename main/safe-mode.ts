import { app, dialog } from 'electron';
import { askPerson } from './ask-person.ts';
import { crashFolder, writeCrash } from './crash-log.ts';
import type { RunJournal } from './run-journal.ts';
import type { Say } from './texts.ts';

export const safeFlag = '--safe-mode';

/** Three crashes within a minute: everything that is not the relay is left out, graphics acceleration too. */
export function mustRestartSafely(journal: RunJournal, argv: readonly string[]): boolean {
  return journal.last.isCrashLoop && !argv.includes(safeFlag);
}

export function restartSafely(argv: readonly string[]): void {
  app.relaunch({ args: [...argv.slice(1), safeFlag, '--disable-gpu'] });
  app.exit(0);
}

/** A defect somewhere in this process: what it was is kept, and a fresh one takes over. In safe mode nothing is left to leave out. */
export function restartAfterDefect(dataDir: string, argv: readonly string[]): void {
  process.on('uncaughtException', (error) => endWith(error));
  process.on('unhandledRejection', (error) => endWith(error));

  function endWith(error: unknown): void {
    writeCrash(dataDir, error, Date.now());
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    if (argv.includes(safeFlag)) dialog.showErrorBox('Waystation', crashFolder(dataDir));
    else app.relaunch();
    app.exit(1);
  }
}

interface SafeModeDeps {
  readonly journal: RunJournal;
  readonly dataDir: string;
  readonly say: Say;
  /** The quit that follows is one. */
  restarting(): void;
}

/** Says why it is so quiet; a person may want it as it was. */
export async function tellOfSafeMode({ journal, dataDir, say, restarting }: SafeModeDeps): Promise<void> {
  const folder = crashFolder(dataDir);
  const previous = journal.last.updatedFrom;
  const detail =
    previous === undefined ? say('safe.detail', { folder }) : say('safe.detailAfterUpdate', { folder, previous });
  const isNormal = await askPerson({
    ...{ message: say('safe.title'), detail },
    ...{ yes: say('safe.normal'), no: say('safe.stay') },
  });
  if (!isNormal) return;
  app.relaunch({ args: process.argv.slice(1).filter((arg) => arg !== safeFlag && arg !== '--disable-gpu') });
  restarting();
  app.quit();
}
