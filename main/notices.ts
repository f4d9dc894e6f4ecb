import type { Alert } from '../app/domain/alert.ts';
import type { Clock } from '../app/domain/clock.ts';
import type { Held } from '../app/notify/held.ts';
import { isSoundless, type NotificationType } from '../app/notify/rules.ts';
import { alertSentence, heldText } from '../app/notify/sentence.ts';
import type { Words } from '../app/notify/words.ts';
import type { Say } from './texts.ts';

/** One notification, as it is shown. */
export interface Notice {
  readonly title: string;
  readonly body: string;
  readonly silent: boolean;
}

export interface Speech extends Words {
  readonly say: Say;
}

/** An alert that is to be told. */
export interface Told {
  readonly alert: Alert;
  readonly isQuiet: boolean;
}

const mostLines = 3;

/** One of a kind is said by itself; several of a minute are one message. */
export function noticeOf(told: readonly Told[], speech: Speech, now: number): Notice | undefined {
  const lines = told.map(({ alert }) => alertSentence(alert, speech, now));
  const silent = told.every(({ isQuiet }) => isQuiet);
  const [only] = lines;
  if (only === undefined) return undefined;
  if (lines.length === 1) return { title: 'Waystation', body: only, silent };
  const { say } = speech;
  const more = lines.length - mostLines;
  const shown = [...lines.slice(0, mostLines), ...(more > 0 ? [say('notify.more', { count: more })] : [])];
  return { title: say('notify.group', { count: lines.length }), body: shown.join('\n'), silent };
}

/** What was held in quiet hours. */
export function heldNotice(held: Held, speech: Speech, now: number): Notice {
  const types = Object.keys(held.counts) as NotificationType[];
  return { title: 'Waystation', body: heldText(held, speech, now), silent: types.every(isSoundless) };
}

const groupMs = 60_000;

/** Holds what happens within a minute together. The first of a quiet time is told at once. */
export class NoticeGroup {
  readonly #clock: Clock;
  readonly #show: (told: readonly Told[]) => void;
  #waiting: Told[] = [];
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, show: (told: readonly Told[]) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  add(told: Told): void {
    if (this.#cancel) {
      this.#waiting.push(told);
      return;
    }
    this.#wait();
    this.#show([told]);
  }

  stop(): void {
    this.#cancel?.();
  }

  #wait(): void {
    this.#cancel = this.#clock.after(groupMs, () => {
      this.#cancel = undefined;
      const told = this.#waiting;
      this.#waiting = [];
      if (told.length === 0) return;
      this.#wait();
      this.#show(told);
    });
  }
}
