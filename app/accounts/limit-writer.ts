import type { Clock } from '../domain/clock.ts';
import type { Statement, Store } from '../store/store.ts';

export interface LimitSource {
  takeUnwrittenLimits(): readonly Statement[];
}

const everyMs = 15_000;

/** Writes what answers told of limits: now and then, not with every answer. */
export class LimitWriter {
  readonly #source: LimitSource;
  readonly #store: Store;
  readonly #clock: Clock;
  #cancel: () => void = () => undefined;
  #isStopped = false;

  constructor(source: LimitSource, store: Store, clock: Clock) {
    this.#source = source;
    this.#store = store;
    this.#clock = clock;
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#write();
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(everyMs, () => {
      void this.#write().then(() => this.#isStopped || this.#schedule());
    });
  }

  /** A busy database is no reason to fail: the next answer tells the same again. */
  async #write(): Promise<void> {
    const statements = this.#source.takeUnwrittenLimits();
    if (statements.length > 0) await this.#store.write(statements, { waitMs: 0 }).catch(() => undefined);
  }
}
