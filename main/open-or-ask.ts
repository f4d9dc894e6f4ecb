import { app, type BrowserWindow } from 'electron';
import type { Config } from '../app/config.ts';
import type { Asking } from '../app/start.ts';
import { isAt, loadInto, newWindow } from './new-window.ts';
import { type HostedRelay, openRelay } from './relay-host.ts';

/** The relay; and the window in which its owner was asked how to start it, where that was needed. */
export interface Opened {
  readonly relay: HostedRelay;
  readonly window: BrowserWindow | undefined;
}

/** Undefined when its owner would rather not start it. What nobody can choose about is thrown. */
export async function openOrAsk(config: Config, preload: string): Promise<Opened | undefined> {
  const waiting = new WaitingWindow(preload);
  try {
    const relay = await openRelay(config, { asking: (at) => waiting.ask(at), signal: waiting.closed });
    if (relay) return { relay, window: waiting.handOver() };
    waiting.handOver()?.destroy();
    return undefined;
  } catch (error) {
    waiting.handOver()?.destroy();
    throw error;
  }
}

/** Asks on the page of the start that waits, over the whole window. To close it is to quit. */
class WaitingWindow {
  readonly #preload: string;
  readonly #ending = new AbortController();
  #window: BrowserWindow | undefined;

  constructor(preload: string) {
    this.#preload = preload;
    app.on('second-instance', this.#show);
    app.on('activate', this.#show);
  }

  get closed(): AbortSignal {
    return this.#ending.signal;
  }

  /** Again when it is asked elsewhere: at its own address the page asks by itself. */
  ask({ url, happened, signInUrl }: Asking): void {
    process.stderr.write(`${happened}\n`);
    this.#window ??= this.#open();
    if (!isAt(this.#window, url)) void loadInto(this.#window, signInUrl());
  }

  /** From here on it is somebody else's. */
  handOver(): BrowserWindow | undefined {
    app.off('second-instance', this.#show);
    app.off('activate', this.#show);
    this.#window?.off('closed', this.#end);
    return this.closed.aborted ? undefined : this.#window;
  }

  #open(): BrowserWindow {
    const window = newWindow(this.#preload);
    window.on('closed', this.#end);
    return window;
  }

  readonly #end = () => this.#ending.abort();

  readonly #show = () => {
    if (this.#window?.isMinimized()) this.#window.restore();
    this.#window?.show();
    this.#window?.focus();
  };
}
