import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../app/domain/clock.ts';
import { checkFile, isNewer, type Manifest, readManifest, UpdateRefused } from './manifest.ts';
import { nextCheckMs } from './schedule.ts';
import type { UpdateState } from './update-state.ts';

/** Where updates come from, and who may have made them. */
export interface UpdateFeed {
  readonly url: string;
  readonly publicKeyPem: string;
}

/** What fetches and installs; it checks for itself what the system can check. */
export interface Installer {
  /** The version that the feed offers. */
  offered(feedUrl: string): Promise<string | undefined>;
  /** The path of the file. */
  download(onShare: (share: number) => void): Promise<string>;
  installAndRestart(): void;
}

export interface UpdatesDeps {
  readonly clock: Clock;
  readonly version: string;
  readonly feed: UpdateFeed | Extract<UpdateState, { kind: 'off' }>['why'];
  /** No word about this computer or its owner goes with it. */
  get(url: string): Promise<Uint8Array>;
  installer(): Promise<Installer>;
  changed(): void;
  readonly random?: (() => number) | undefined;
}

/** Looks for updates by itself, and goes no further than the person says. */
export class Updates {
  readonly #deps: UpdatesDeps;
  #state: UpdateState;
  #manifest: Manifest | undefined;
  #past = { checks: 0, failures: 0 };
  #working: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #isStopped = false;

  constructor(deps: UpdatesDeps) {
    this.#deps = deps;
    this.#state = typeof deps.feed === 'string' ? { kind: 'off', why: deps.feed } : { kind: 'idle' };
  }

  get state(): UpdateState {
    return this.#state;
  }

  begin(): void {
    if (this.#state.kind !== 'off') this.#schedule();
  }

  async check(): Promise<void> {
    if (this.#state.kind !== 'idle' && this.#state.kind !== 'failed') return;
    this.#cancel();
    await this.#work({ kind: 'checking' }, () => this.#look());
    this.#schedule();
  }

  async download(): Promise<void> {
    const [state, manifest] = [this.#state, this.#manifest];
    if (state.kind !== 'available' || !manifest) return;
    const { version } = state;
    await this.#work({ kind: 'downloading', version, share: 0 }, async () => {
      const installer = await this.#deps.installer();
      const offered = await installer.offered(this.#feed().url);
      if (offered !== version) throw new UpdateRefused(`the feed offers ${offered ?? 'nothing'} instead of ${version}`);
      const path = await installer.download((share) => this.#set({ kind: 'downloading', version, share }));
      checkFile(await sha512Of(path), manifest);
      return { kind: 'ready', version };
    });
  }

  installAndRestart(): void {
    if (this.#state.kind !== 'ready') return;
    void this.#deps.installer().then((installer) => installer.installAndRestart());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    // What is being fetched is fetched again another time.
    if (this.#state.kind !== 'downloading') await this.#working;
  }

  async #look(): Promise<UpdateState> {
    const { url, publicKeyPem } = this.#feed();
    const [bytes, signature] = await Promise.all([
      this.#deps.get(`${url}/update.json`),
      this.#deps.get(`${url}/update.json.sig`),
    ]);
    const manifest = readManifest({ bytes, signature: new TextDecoder().decode(signature) }, publicKeyPem);
    if (!isNewer(manifest.version, this.#deps.version)) return { kind: 'idle', checkedAt: this.#deps.clock.now() };
    this.#manifest = manifest;
    return { kind: 'available', version: manifest.version };
  }

  #feed(): UpdateFeed {
    const { feed } = this.#deps;
    if (typeof feed === 'string') throw new UpdateRefused('updates are off');
    return { ...feed, url: feed.url.replace(/\/+$/, '') };
  }

  #work(during: UpdateState, work: () => Promise<UpdateState>): Promise<void> {
    this.#set(during);
    this.#working = work().then(
      (state) => {
        this.#past = { checks: this.#past.checks + 1, failures: 0 };
        this.#set(state);
      },
      (error: unknown) => {
        this.#past = { ...this.#past, failures: this.#past.failures + 1 };
        this.#set({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
      },
    );
    return this.#working;
  }

  #set(state: UpdateState): void {
    this.#state = state;
    this.#deps.changed();
  }

  #schedule(): void {
    this.#cancel();
    if (this.#isStopped) return;
    this.#cancel = this.#deps.clock.after(nextCheckMs(this.#past, this.#deps.random), () => void this.check());
  }
}

async function sha512Of(path: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('base64');
}
