import { app } from 'electron';
import type { Clock } from '../app/domain/clock.ts';
import { quitInOrder } from './quit.ts';
import type { HostedRelay } from './relay-host.ts';
import type { RunJournal } from './run-journal.ts';

export interface QuittingDeps {
  readonly clock: Clock;
  readonly relay: Pick<HostedRelay, 'restoreTools' | 'stop'>;
  readonly journal: Pick<RunJournal, 'ended'>;
  readonly window: { quitting(): void };
  /** Whether the person wants connected tools to have their own settings back. */
  restoresTools(): boolean;
  /** Ends what stands around the relay. */
  stopAround(): Promise<void>;
}

/** From the wish to quit to the end of the process: the window closes at once, the last call ends, or five seconds do. */
export class Quitting {
  readonly #deps: QuittingDeps;
  #phase: 'running' | 'stopping' | 'stopped' = 'running';
  #isRestart = false;

  constructor(deps: QuittingDeps) {
    this.#deps = deps;
    app.on('before-quit', () => deps.window.quitting());
    app.on('will-quit', (event) => {
      if (this.#phase === 'stopped') return;
      // Asked twice, by a signal or a person: the running calls still end first.
      event.preventDefault();
      if (this.#phase === 'stopping') return;
      this.#phase = 'stopping';
      void this.#stop().finally(() => {
        this.#phase = 'stopped';
        app.exit(0);
      });
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());
  }

  /** The next start follows at once: tools wait for it rather than be connected anew. */
  restarting(): void {
    this.#isRestart = true;
  }

  async #stop(): Promise<void> {
    const { clock, relay, journal, restoresTools, stopAround } = this.#deps;
    const isRestoring = restoresTools() && !this.#isRestart;
    await quitInOrder({
      ...{ clock, journal, restoreTools: isRestoring ? relay.restoreTools : undefined },
      stopRelay: async () => {
        await stopAround();
        await relay.stop();
      },
      warn: (text) => process.stderr.write(`${text}\n`),
    });
  }
}
