import { EventEmitter } from 'node:events';
import type Electron from 'electron';
import { InstanceLock } from './instance-lock.ts';
import { DoubleEvent, onlyModelled } from './not-modelled.ts';

/** What the app's end needs to know of a window. */
export interface ClosableWindow {
  /** False when somebody prevented it. */
  closeAsAsked(): Promise<boolean>;
}

/** `app`: the life of the process, with each step that Electron lets a listener prevent. */
export class AppDouble extends EventEmitter {
  readonly isPackaged = false;
  readonly windows = new Set<ClosableWindow>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #lock = new InstanceLock(profileFolder());
  #isReady = false;
  #isQuitting = false;

  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  enableSandbox(): void {
    if (this.#isReady) throw new Error('app.enableSandbox() must come before ready');
  }

  requestSingleInstanceLock(): boolean {
    return this.#lock.take((argv, cwd) => this.emit('second-instance', new DoubleEvent(), argv, cwd, undefined));
  }

  /** Where the built checkout is. */
  getAppPath(): string {
    return process.cwd();
  }

  getPreferredSystemLanguages(): string[] {
    return ['en-GB'];
  }

  /** Nothing starts by itself: what would, is said. */
  relaunch({ args = process.argv.slice(1) }: Electron.RelaunchOptions = {}): void {
    process.stderr.write(`[relaunch] ${args.join(' ')}\n`);
  }

  quit(): void {
    if (this.#isQuitting) return;
    this.#isQuitting = true;
    void this.#quit();
  }

  /** Asks nobody. */
  exit(exitCode = 0): void {
    this.emit('quit', new DoubleEvent(), exitCode);
    process.exit(exitCode);
  }

  /** Electron fires `ready` once the main script has been read to its end, and not before. */
  mainScriptLoaded(): void {
    this.#isReady = true;
    this.emit('ready', new DoubleEvent(), {});
    this.#ready.resolve();
  }

  windowClosed(window: ClosableWindow): void {
    this.windows.delete(window);
    if (this.windows.size > 0 || this.#isQuitting) return;
    if (!this.emit('window-all-closed')) this.quit();
  }

  async #quit(): Promise<void> {
    if (this.#isPrevented('before-quit')) return;
    for (const window of [...this.windows]) {
      this.#isQuitting = await window.closeAsAsked();
      if (!this.#isQuitting) return;
    }
    if (!this.#isPrevented('will-quit')) this.exit(0);
  }

  /** A quit that was prevented is over at once: the listener may ask for the next one right away. */
  #isPrevented(name: 'before-quit' | 'will-quit'): boolean {
    const event = new DoubleEvent();
    this.emit(name, event);
    this.#isQuitting = !event.defaultPrevented;
    return event.defaultPrevented;
  }
}

export const appDouble = new AppDouble();

type Modelled =
  | ('whenReady' | 'isReady' | 'enableSandbox' | 'requestSingleInstanceLock' | 'quit' | 'exit')
  | ('isPackaged' | 'getAppPath' | 'getPreferredSystemLanguages' | 'relaunch');

export const app = onlyModelled('app', appDouble satisfies Pick<Electron.App, Modelled>);

export function profileFolder(): string {
  const folder = process.env['ELECTRON_DOUBLE_PROFILE'];
  if (!folder) throw new Error('ELECTRON_DOUBLE_PROFILE names no folder');
  return folder;
}
