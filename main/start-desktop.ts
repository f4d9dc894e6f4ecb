import { fileURLToPath } from 'node:url';
import { app, dialog } from 'electron';
import { version } from '../app/app.ts';
import { ConfigError, loadConfig } from '../app/config.ts';
import { Desktop, type Launch } from './desktop.ts';
import { readFlags } from './flags.ts';
import { guardPages } from './guard.ts';
import { openOrAsk } from './open-or-ask.ts';
import { RunJournal } from './run-journal.ts';
import { mustRestartSafely, restartAfterDefect, restartSafely } from './safe-mode.ts';
import { chooseLanguage, textsIn } from './texts.ts';
import { hasTrayHost } from './tray/host.ts';

/** The desktop app, once Electron is ready. */
export async function runDesktop(launch: Launch): Promise<void> {
  guardPages();
  const preload = fileURLToPath(new URL('./main/preload.cjs', import.meta.url));
  try {
    const config = loadConfig({ flags: readFlags(process.argv.slice(1)) });
    const journal = new RunJournal(config.dataDir, { version, now: Date.now() });
    if (mustRestartSafely(journal, process.argv)) return restartSafely(process.argv);
    restartAfterDefect(config.dataDir, process.argv);
    const language = chooseLanguage(app.getPreferredSystemLanguages());
    const speech = { say: textsIn(language), language };
    // The relay is what this app is: it goes on without a window.
    app.on('window-all-closed', () => undefined);
    const opened = await openOrAsk(config, preload);
    if (!opened) return endUnstarted(journal);
    const canHide = process.platform === 'darwin' || (await hasTrayHost(process.platform, process.env));
    const desktop = new Desktop({ config, preload, relay: opened.relay, journal, speech, canHide });
    await desktop.begin(launch, opened.window);
  } catch (error) {
    failToStart(error);
  }
}

/** Its owner would rather not start it now. */
function endUnstarted(journal: RunJournal): void {
  journal.ended();
  app.quit();
}

/** The edge of the process: nobody else tells the person why no window comes. */
function failToStart(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  dialog.showErrorBox('Waystation cannot start', message);
  app.exit(error instanceof ConfigError ? 2 : 1);
}
