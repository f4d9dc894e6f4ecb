import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../domain/clock.ts';
import type { ToolStates } from './states.ts';
import type { ToolId } from './tool-id.ts';

export interface WatchDeps {
  readonly states: Pick<ToolStates, 'drifts' | 'watchedFiles'>;
  readonly clock: Clock;
  address(): string | undefined;
  /** A tool's file is other than we wrote it, or is so again. Nobody writes it back. */
  changed(tool: ToolId, isDrifted: boolean): void;
}

/** Programs write a file in several steps: one look after the last of them. */
const quietMs = 250;

/** Notices while the relay runs when another program changes what we wrote. Watches folders: a file that is replaced is another one. */
export class DriftWatch {
  readonly #deps: WatchDeps;
  #watchers: readonly FSWatcher[] = [];
  #known: ReadonlyMap<ToolId, boolean> = new Map();
  #cancel: () => void = () => undefined;
  #isStopped = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** Also after every change of our own: other files may be connected now. */
  async start(): Promise<void> {
    this.#close();
    if (this.#isStopped) return;
    this.#known = await this.#deps.states.drifts(this.#deps.address());
    const folders = new Set((await this.#deps.states.watchedFiles()).map(dirname));
    this.#watchers = [...folders].flatMap((folder) => this.#watch(folder) ?? []);
    // What happened between the look and the watch.
    this.#soon();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#close();
    await this.#looking;
  }

  #watch(folder: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#soon());
      // A folder that is removed is one that nothing happens in any more.
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      return undefined; // no such folder: its file is gone, which the first look has told
    }
  }

  #soon(): void {
    this.#cancel();
    if (this.#isStopped) return;
    this.#cancel = this.#deps.clock.after(quietMs, () => {
      this.#looking = this.#looking.then(() => this.#look()).catch(() => undefined);
    });
  }

  async #look(): Promise<void> {
    const now = await this.#deps.states.drifts(this.#deps.address());
    const before = this.#known;
    this.#known = now;
    if (this.#isStopped) return;
    for (const [tool, isDrifted] of now) {
      if (before.has(tool) && before.get(tool) !== isDrifted) this.#deps.changed(tool, isDrifted);
    }
  }

  #close(): void {
    this.#cancel();
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}
