import { type App, createApp, type Listening, version } from './app.ts';
import type { Config } from './config.ts';
import { type Claim, claimDataDir } from './instance.ts';
import { defaultPorts, type Ports } from './parts.ts';
import type { Choice, Chosen, Trouble } from './server/admin/contract-waiting.ts';
import { troubleOf } from './start-trouble.ts';
import { copiesFolder, databaseFile } from './store/data-folder.ts';
import { findCopy, putBack, setAside } from './store/put-back.ts';
import { WaitingServer } from './waiting-server.ts';

export interface Started {
  readonly app: App;
  readonly listening: Listening;
}

/** Where somebody is asked what to do. */
export interface Asking {
  readonly url: string;
  readonly happened: string;
  /** Good once. */
  signInUrl(): string;
}

export interface StartHooks {
  /** The start waits for an answer on a page; again whenever the question is another one, or is asked elsewhere. */
  asking(at: Asking): void;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

interface Wanted {
  readonly config: Config;
  readonly ports: Partial<Ports>;
}

type Tried = Started | { readonly trouble: Trouble };

/**
 * Starts the relay. What its owner can decide is asked on a page, and nothing is lost meanwhile; everything else is thrown,
 * as by `createApp` and `start`. Undefined when the owner would rather not start it.
 */
export async function startOrAsk(wanted: Wanted, hooks: StartHooks): Promise<Started | undefined> {
  const first = await tryStart(wanted);
  return 'app' in first ? first : await new Question(wanted, first.trouble, hooks).settled();
}

async function tryStart({ config, ports }: Wanted): Promise<Tried> {
  try {
    const app = await createApp(config, ports);
    try {
      return { app, listening: await app.start() };
    } catch (error) {
      await app.stop();
      throw error;
    }
  } catch (error) {
    const trouble = troubleOf(error, config);
    if (!trouble) throw error;
    return { trouble };
  }
}

/** One start that waits: it asks, does what was chosen, and tries again. */
class Question {
  #wanted: Wanted;
  #trouble: Trouble;
  readonly #hooks: StartHooks;
  readonly #server: WaitingServer;
  readonly #outcome = Promise.withResolvers<Started | undefined>();
  #claim: Claim | undefined;
  #isBusy = false;

  constructor(wanted: Wanted, trouble: Trouble, hooks: StartHooks) {
    this.#wanted = wanted;
    this.#trouble = trouble;
    this.#hooks = hooks;
    const { clock = defaultPorts.clock } = wanted.ports;
    this.#server = new WaitingServer({
      ...{ clock, version, show: () => this.#trouble },
      choose: (choice) => this.#choose(choice),
    });
  }

  async settled(): Promise<Started | undefined> {
    const { signal } = this.#hooks;
    const stop = () => this.#outcome.resolve(undefined);
    signal?.addEventListener('abort', stop);
    try {
      if (signal?.aborted) return undefined;
      await this.#ask();
      return await this.#outcome.promise;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#claim?.release();
      await this.#server.leave();
    }
  }

  async #ask(): Promise<void> {
    await this.#server.listen(this.#wanted.config.port);
    const { url, token } = this.#server;
    this.#claim = claimIfPossible(this.#wanted.config);
    this.#claim?.announce({ url, token, version, startedAt: Date.now() });
    this.#hooks.asking({ url, happened: this.#trouble.happened, signInUrl: () => this.#server.signInUrl() });
  }

  async #choose(choice: Choice): Promise<Chosen> {
    // Asked twice by two pages: the first answer counts.
    if (this.#isBusy || !this.#trouble.ways.includes(choice.way)) return { next: null, ended: false };
    this.#isBusy = true;
    try {
      if (choice.way !== 'quit') return await this.#goOn(choice);
      this.#outcome.resolve(undefined);
      return { next: null, ended: true };
    } catch (error) {
      this.#outcome.reject(error);
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  async #goOn(choice: Choice): Promise<Chosen> {
    const before = this.#server.url;
    this.#claim?.release();
    this.#claim = undefined;
    // Waits for the answer to this very question, which is given when all is done.
    void this.#server.leave();
    this.#wanted = prepared(this.#wanted, choice);
    const tried = await tryStart(this.#wanted);
    if ('app' in tried) {
      this.#outcome.resolve(tried);
      return { next: tried.app.signInUrl(), ended: false };
    }
    this.#trouble = tried.trouble;
    await this.#ask();
    return { next: this.#server.url === before ? null : this.#server.signInUrl(), ended: false };
  }
}

/** What was chosen, done or kept for the next try. Data is put aside, never removed. */
function prepared({ config, ports }: Wanted, { way, passphrase }: Choice): Wanted {
  const nowMs = (ports.clock ?? defaultPorts.clock).now();
  const file = databaseFile(config);
  switch (way) {
    case 'open-backup': {
      const copy = findCopy(copiesFolder(config));
      if (copy) putBack(file, copy, nowMs);
      return { config, ports };
    }
    case 'start-empty':
      setAside(file, nowMs);
      return { config, ports };
    case 'unlock':
      return { config: { ...config, passphrase }, ports };
    case 'without-accounts':
      return { config, ports: { ...ports, mayLackSecrets: true } };
    case 'other-port':
      return { config: { ...config, port: 0 }, ports };
    case 'try-again':
    case 'quit':
      return { config, ports };
  }
}

/** Others find the page by it; a folder that cannot be written has no place for that. */
function claimIfPossible({ dataDir }: Config): Claim | undefined {
  try {
    return claimDataDir(dataDir);
  } catch {
    return undefined;
  }
}
