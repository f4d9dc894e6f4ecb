import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../domain/clock.ts';

/** What is asked of Node's histogram of the event loop's delay. */
export interface Delay {
  /** Nanoseconds. */
  percentile(percentile: number): number;
  reset(): void;
}

/** p99 of the event loop's delay above this, for this long, means that we take on no more (reliability.md "Limits"). */
const lagNs = 200e6;
const patienceMs = 2_000;
const lookEveryMs = 500;

/** Watches whether this process keeps up. */
export class LoopLag {
  readonly #clock: Clock;
  readonly #delay: Delay;
  readonly #stopDelay: () => void;
  #lateSince: number | undefined;
  #isLagging = false;
  #cancel: () => void = () => undefined;

  private constructor(clock: Clock, delay: Delay, stopDelay: () => void) {
    this.#clock = clock;
    this.#delay = delay;
    this.#stopDelay = stopDelay;
    this.#schedule();
  }

  static start(clock: Clock): LoopLag {
    const delay = monitorEventLoopDelay({ resolution: 20 });
    delay.enable();
    return new LoopLag(clock, delay, () => delay.disable());
  }

  /** For tests, with a histogram of their own. */
  static on(clock: Clock, delay: Delay): LoopLag {
    return new LoopLag(clock, delay, () => undefined);
  }

  get isLagging(): boolean {
    return this.#isLagging;
  }

  stop(): void {
    this.#cancel();
    this.#stopDelay();
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(lookEveryMs, () => {
      this.#look();
      this.#schedule();
    });
  }

  #look(): void {
    const now = this.#clock.monotonic();
    const isLate = this.#delay.percentile(99) > lagNs;
    this.#delay.reset();
    if (!isLate) this.#lateSince = undefined;
    else this.#lateSince ??= now;
    this.#isLagging = this.#lateSince !== undefined && now - this.#lateSince >= patienceMs;
  }
}
