import type { BrowserWindow } from 'electron';
import type { Clock } from '../app/domain/clock.ts';
import { adminUiPath } from '../app/server/admin/contract.ts';
import type { CloseBehaviour } from './close-behaviour.ts';
import { isAt, loadInto, newWindow } from './new-window.ts';
import type { HostedRelay } from './relay-host.ts';

export interface MainWindowDeps {
  readonly relay: Pick<HostedRelay, 'url' | 'signInUrl'>;
  readonly clock: Clock;
  readonly preload: string;
  /** How long a hidden window keeps its page. */
  releaseAfterMs(): number;
  closeBehaviour(): CloseBehaviour;
  /** Asks what closing means; the answer is kept. */
  askWhatClosingMeans(): Promise<'quit' | 'minimise'>;
  quit(): void;
  /** The page ended by itself again and again: the relay goes on without it. */
  gaveUp(): void;
}

/** A page that fails again within this time is not loaded again. */
const crashPauseMs = 60_000;

/** The one window, on the relay's own page, which runs there as in any browser. It is made when it is needed. */
export class MainWindow {
  readonly #deps: MainWindowDeps;
  #window: BrowserWindow | undefined;
  #isQuitting = false;
  #lastCrashAt = Number.NEGATIVE_INFINITY;
  #cancelRelease: () => void = () => undefined;

  constructor(deps: MainWindowDeps) {
    this.#deps = deps;
  }

  /** To the front, on a page of its own when one is named. */
  async show(page?: string): Promise<void> {
    this.#cancelRelease();
    const open = this.#window;
    if (!open) await this.#open();
    else {
      if (open.isMinimized()) open.restore();
      open.show();
      open.focus();
    }
    if (page !== undefined) await this.#load(`${this.#deps.relay.url}${adminUiPath}#/${page}`);
  }

  /** From here on closing is not asked about. */
  quitting(): void {
    this.#isQuitting = true;
    this.#cancelRelease();
  }

  /** A window that was there before the relay: its page goes on by itself, unless the relay is elsewhere. */
  async adopt(window: BrowserWindow): Promise<void> {
    const { relay } = this.#deps;
    this.#keep(window);
    if (!isAt(window, relay.url)) await loadInto(window, await relay.signInUrl());
  }

  async #open(): Promise<void> {
    this.#keep(newWindow(this.#deps.preload));
    await this.#load(await this.#deps.relay.signInUrl());
  }

  #keep(window: BrowserWindow): void {
    this.#window = window;
    window.on('close', (event) => this.#close(window, event));
    window.on('closed', () => {
      this.#window = undefined;
      this.#cancelRelease();
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit') this.#crashed(window);
    });
  }

  async #load(url: string): Promise<void> {
    if (this.#window) await loadInto(this.#window, url);
  }

  #close(window: BrowserWindow, event: { preventDefault(): void }): void {
    if (this.#isQuitting) return;
    event.preventDefault();
    const behaviour = this.#deps.closeBehaviour();
    if (behaviour !== 'ask') this.#apply(window, behaviour);
    else void this.#deps.askWhatClosingMeans().then((answer) => this.#apply(window, answer));
  }

  #apply(window: BrowserWindow, behaviour: Exclude<CloseBehaviour, 'ask'>): void {
    if (behaviour === 'quit') this.#deps.quit();
    else if (behaviour === 'minimise') window.minimize();
    else {
      window.hide();
      // A page that nobody sees costs as much as one that somebody does.
      this.#cancelRelease = this.#deps.clock.after(this.#deps.releaseAfterMs(), () => window.destroy());
    }
  }

  #crashed(window: BrowserWindow): void {
    const now = this.#deps.clock.monotonic();
    const isAgain = now - this.#lastCrashAt < crashPauseMs;
    this.#lastCrashAt = now;
    if (!isAgain) window.webContents.reload();
    else {
      window.destroy();
      this.#deps.gaveUp();
    }
  }
}
