import type { Alert } from '../app/domain/alert.ts';
import type { Clock } from '../app/domain/clock.ts';
import { countOf, type Held, type HeldRange, heldIn, nothingHeld, together, withAlert } from '../app/notify/held.ts';
import { mayWait, type NotificationType } from '../app/notify/rules.ts';
import type { AlertLog } from '../app/usage/alert-log.ts';

export interface HeldNoticesDeps {
  readonly clock: Clock;
  isQuiet(): boolean;
  /** Whether its owner wants to be told of it at all. */
  isWanted(type: NotificationType): boolean;
  /** What this app must know again after a restart; null: nothing is held. */
  keep(range: HeldRange | null): void;
  show(held: Held): void;
}

/** By the wall clock: a computer that sleeps stops every timer, and its owner may end the quiet hours. */
const lookMs = 15_000;

/** Holds what happens in quiet hours, and shows it in one message when they are over. */
export class HeldNotices {
  readonly #deps: HeldNoticesDeps;
  #held = nothingHeld;
  #range: HeldRange | undefined;
  #cancel: (() => void) | undefined;

  constructor(deps: HeldNoticesDeps) {
    this.#deps = deps;
  }

  add(alert: Alert): void {
    this.#held = withAlert(this.#held, alert);
    // What is in no list cannot be found there again.
    if (alert.id > 0) {
      this.#range = { first: this.#range?.first ?? alert.id, last: alert.id };
      this.#deps.keep(this.#range);
    }
    this.#lookLater();
  }

  /** Takes up what was held when the app was quit. Comes before anything is added. */
  async resume(range: HeldRange | null, list: AlertLog['list']): Promise<void> {
    if (!range) return;
    const isWanted = (type: NotificationType) => mayWait(type) && this.#deps.isWanted(type);
    this.#range = range;
    const before = await heldIn(list, range, isWanted);
    // Some may have come while it was read.
    this.#held = together(before, this.#held);
    this.#look();
  }

  stop(): void {
    this.#cancel?.();
  }

  #lookLater(): void {
    this.#cancel ??= this.#deps.clock.after(lookMs, () => {
      this.#cancel = undefined;
      this.#look();
    });
  }

  #look(): void {
    if (this.#deps.isQuiet()) {
      this.#lookLater();
      return;
    }
    const held = this.#held;
    this.#held = nothingHeld;
    this.#range = undefined;
    this.#deps.keep(null);
    if (countOf(held) > 0) this.#deps.show(held);
  }
}
