/** Retries at a time: this share of the calls on their way, and a few. */
const share = 0.2;
const least = 3;

/** Gives the permission back; calling it again does nothing. */
export type Release = () => void;

interface Waiter {
  readonly resolve: (release: Release | undefined) => void;
}

/**
 * Keeps retries from becoming the load: when an upstream falls over, most calls wait for their turn to try another one
 * instead of all doing it at once.
 */
export class RetryBudget {
  #live = 0;
  #retrying = 0;
  readonly #waiters: Waiter[] = [];

  /** A call is on its way until what this answers is called. */
  begin(): Release {
    this.#live += 1;
    return once(() => {
      this.#live -= 1;
    });
  }

  /** Resolves when a retry may begin, in the order of asking; with undefined when `signal` ends the wait. */
  enter(signal: AbortSignal): Release | undefined | Promise<Release | undefined> {
    if (this.#waiters.length === 0 && this.#hasRoom()) return this.#admit();
    return new Promise((resolve) => {
      const onAbort = () => {
        const index = this.#waiters.indexOf(waiter);
        if (index >= 0) this.#waiters.splice(index, 1);
        resolve(undefined);
      };
      const waiter: Waiter = {
        resolve: (release) => {
          signal.removeEventListener('abort', onAbort);
          resolve(release);
        },
      };
      if (signal.aborted) {
        resolve(undefined);
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** A permission for who does not wait for one. */
  tryEnter(): Release | undefined {
    return this.#waiters.length === 0 && this.#hasRoom() ? this.#admit() : undefined;
  }

  #admit(): Release {
    this.#retrying += 1;
    return once(() => {
      this.#retrying -= 1;
      while (this.#waiters.length > 0 && this.#hasRoom()) this.#waiters.shift()?.resolve(this.#admit());
    });
  }

  #hasRoom(): boolean {
    return this.#retrying < Math.floor(this.#live * share) + least;
  }
}

export function once(work: () => void): Release {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
