import type { Clock } from '../../app/domain/clock.ts';

/** Files of tools and addresses of this computer cost more to look at than figures do. */
const keepMs = 15_000;

export interface SeldomDeps<Value> {
  readonly clock: Clock;
  read(): Promise<Value>;
}

/** Looks again only when it is told that something is different, and now and then without being told. */
export class Seldom<Value> {
  readonly #deps: SeldomDeps<Value>;
  #known: { readonly value: Promise<Value>; readonly at: number } | undefined;

  constructor(deps: SeldomDeps<Value>) {
    this.#deps = deps;
  }

  async get(): Promise<Value> {
    const now = this.#deps.clock.monotonic();
    if (!this.#known || now - this.#known.at >= keepMs) this.#known = { value: this.#deps.read(), at: now };
    const known = this.#known;
    try {
      return await known.value;
    } catch (error) {
      // What failed is asked again the next time.
      if (this.#known === known) this.#known = undefined;
      throw error;
    }
  }

  forget(): void {
    this.#known = undefined;
  }
}
