import { shell } from 'electron';
import type { DesktopInput, DesktopOutput } from '../app/server/admin/contract-desktop.ts';
import type { Answers } from './ipc/router.ts';
import type { Updates } from './updates/updates.ts';

export interface PageAnswersDeps {
  readonly dataDir: string;
  readonly updates: Pick<Updates, 'check' | 'download'>;
  state(): DesktopOutput<'show'>;
  change(change: DesktopInput<'change'>): void;
  installUpdate(): void;
  /** False where the system shows none. */
  testNotification(): boolean;
  /** Once. */
  takeInvite(): string | undefined;
}

/** What the page may ask of this process: only what is the operating system's. */
export function pageAnswers(deps: PageAnswersDeps): Answers {
  const { dataDir, updates, state, change, installUpdate, testNotification, takeInvite } = deps;
  return {
    show: state,
    change: (wanted) => {
      change(wanted);
      return state();
    },
    testNotification: () => ({ isShown: testNotification() }),
    takeInvite: () => ({ invite: takeInvite() ?? null }),
    openDataFolder: async () => {
      await shell.openPath(dataDir);
      return {};
    },
    checkForUpdate: async () => {
      await updates.check();
      return state();
    },
    downloadUpdate: async () => {
      await updates.download();
      return state();
    },
    installUpdate: () => {
      installUpdate();
      return state();
    },
  };
}
