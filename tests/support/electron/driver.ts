import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Electron from 'electron';
import { _electron, type Browser, chromium, type Page } from 'playwright-core';
import { killBrowser } from './kill-browser.ts';
import { driverConnected } from './messages.ts';

/** A desktop app under test, in Playwright's words for Electron. */
export interface Desktop {
  /** Runs a function in the main process, with Electron's module. */
  evaluate<Result, Argument>(
    work: (electron: typeof Electron, argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>;
  firstWindow(): Promise<Page>;
  /** What the main process wrote to its standard error. */
  errors(): string;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, once it has ended. */
  readonly exit: Promise<number | null>;
}

export interface Launch {
  /** The app's own arguments. */
  readonly args: readonly string[];
  /** More variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where Chromium and the instance lock live; two launches with one profile are two instances of one app. */
  readonly profile: string;
}

/** The folder that Electron is started on. */
export const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const mainScript = join(checkout, 'dist', 'main', 'index.js');

/** The browser that stands for Electron's; undefined when this computer has none. Debian's build for tests starts in a third of the time. */
export function findChromium(): string | undefined {
  const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

export function newProfile(): string {
  return mkdtempSync(join(tmpdir(), 'waystation-desktop-'));
}

export function removeProfile(profile: string): void {
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** The built app on the double. */
export async function launchOnDouble({ args, profile, env }: Launch, entry = mainScript): Promise<Desktop> {
  const launcher = fileURLToPath(new URL('launcher.ts', import.meta.url));
  const child = fork(launcher, [entry, ...args], {
    cwd: checkout,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    env: { ...shellEnvironment(profile), ELECTRON_DOUBLE_CHROMIUM: findChromium() ?? '', ...env },
  });
  return new DoubleDriver(child);
}

/** Away from the desktop of whoever runs the tests: its tray, its autostart folder, its links. */
function shellEnvironment(profile: string): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => name !== 'DBUS_SESSION_BUS_ADDRESS');
  const own = { XDG_CONFIG_HOME: join(profile, 'config'), XDG_DATA_HOME: join(profile, 'share') };
  return {
    ...Object.fromEntries(inherited.map(([name, value = '']) => [name, value])),
    ...own,
    ELECTRON_DOUBLE_PROFILE: profile,
  };
}

/** The same app on the real runtime. */
export async function launchOnElectron({ args, profile, env }: Launch, executablePath: string): Promise<Desktop> {
  const electron = await _electron.launch({
    executablePath,
    args: [checkout, `--user-data-dir=${profile}`, ...args],
    env: { ...shellEnvironment(profile), ...env },
  });
  const child = electron.process();
  const errors = collect(child);
  return {
    evaluate: (work, argument) => electron.evaluate(work as never, argument) as never,
    firstWindow: () => electron.firstWindow(),
    errors,
    kill: (signal) => void child.kill(signal),
    exit: exitOf(child),
  };
}

interface Answer {
  readonly kind: 'answer' | 'browser-started' | 'browser';
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly endpoint: string;
  readonly browserPid: number;
}

class DoubleDriver implements Desktop {
  readonly exit: Promise<number | null>;
  readonly errors: () => string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #browser = Promise.withResolvers<Browser>();
  #nextId = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.errors = collect(child);
    this.exit = exitOf(child);
    child.on('message', (message: Answer) => this.#receive(message));
    void this.exit.then((code) => this.#ended(new Error(`The app ended with ${code}: ${this.errors()}`)));
  }

  async evaluate<Result, Argument>(
    work: (electron: typeof Electron, argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result> {
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    this.#child.send({ id, source: work.toString(), argument });
    return (await answer.promise) as Result;
  }

  async firstWindow(): Promise<Page> {
    const [context] = (await this.#browser.promise).contexts();
    if (!context) throw new Error('The browser has no profile');
    const isOurs = (page: Page) => page.url().startsWith('http');
    const found = context.pages().find(isOurs);
    if (found) return found;
    const page = await context.waitForEvent('page', {
      // What takes a second alone takes many beside other tests.
      timeout: 60_000,
      predicate: async (opened) => {
        await opened.waitForURL(/^http/);
        return true;
      },
    });
    return page;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #receive({ kind, id, value, error, endpoint, browserPid }: Answer): void {
    // An app that was killed cannot end its browser any more.
    if (kind === 'browser-started') return void this.exit.then(() => killBrowser(browserPid));
    if (kind === 'browser') {
      chromium
        .connectOverCDP(endpoint)
        .then(this.#browser.resolve, this.#browser.reject)
        .finally(() => {
          if (this.#child.connected) this.#child.send(driverConnected);
        });
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }

  /** Nothing waits for a process that is gone. */
  #ended(error: Error): void {
    this.#browser.promise.catch(() => undefined);
    this.#browser.reject(error);
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
