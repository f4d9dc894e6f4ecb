import type { Alert } from '../domain/alert.ts';
import type { AlertLog } from '../usage/alert-log.ts';
import { countOf, type Held, heldIn } from './held.ts';
import { isQuiet, mayWait, type NotificationRules, type NotificationType, typeOf } from './rules.ts';
import { alertSentence, heldText } from './sentence.ts';
import type { Webhook } from './webhook.ts';
import type { Message } from './webhook-message.ts';
import type { WebhookRepository } from './webhook-repository.ts';
import { type SenderDeps, sendAndNote } from './webhook-sender.ts';

type Asked = 'list' | 'claim' | 'findHeld' | 'takeHeld' | 'secrets' | 'noteSent' | 'noteFailure';

export interface DeliveryDeps extends SenderDeps {
  readonly webhooks: Pick<WebhookRepository, Asked>;
  readonly alerts: Pick<AlertLog, 'feed' | 'list'>;
  /** That of the computer. */
  readonly timeZone: string;
  /** What its owner wants to be told of, at this moment. */
  rules(): NotificationRules;
  /** Something beside a webhook is different now. */
  changed(): void;
  warn(message: string): void;
}

/** After the first try, and after the second. */
const waitsMs = [5_000, 30_000] as const;
/** A target that is gone for long is not told everything when it is back. */
const mostWaiting = 50;
/** While something is held. By the wall clock: a computer that sleeps stops every timer, and rules may change. */
const lookMs = 15_000;

/**
 * Tells webhooks what happens: each in its order, with three tries, and never in the way of a call. In quiet hours what may
 * wait is held in the database, and told in one message when they are over.
 */
export class WebhookDelivery {
  readonly #deps: DeliveryDeps;
  readonly #leave: () => void;
  readonly #stopping = new AbortController();
  readonly #queues = new Map<string, { waiting: number; last: Promise<void> }>();
  #hearing: Promise<void> = Promise.resolve();
  #cancelLook: (() => void) | undefined;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    this.#leave = deps.alerts.feed.subscribe((alert) => this.#next(() => this.#hear(alert)));
    // Something may be held since before this start.
    this.#next(() => this.#look());
  }

  /** What is being sent may end; nothing is tried again. */
  async stop(): Promise<void> {
    this.#leave();
    this.#stopping.abort();
    await this.#hearing;
    this.#cancelLook?.();
    await Promise.all([...this.#queues.values()].map(({ last }) => last));
  }

  #next(work: () => Promise<void>): void {
    this.#hearing = this.#hearing
      .then(work)
      .catch((error: unknown) => this.#deps.warn(`Webhooks could not be told: ${String(error)}`));
  }

  async #hear(alert: Alert): Promise<void> {
    const { webhooks } = this.#deps;
    const type = typeOf[alert.kind];
    const isHeld = mayWait(type) && this.#isQuiet();
    for (const webhook of await webhooks.list()) {
      const isWanted = webhook.isEnabled && webhook.types.includes(type);
      if (!isWanted || !(await webhooks.claim(webhook.id, alert.id, { isHeld }))) continue;
      if (isHeld) this.#lookLater();
      else this.#queue(webhook, (now) => messageOf(webhook, alert, now));
    }
  }

  #isQuiet(): boolean {
    const { clock, timeZone, rules } = this.#deps;
    return isQuiet(rules(), { now: clock.now(), timeZone });
  }

  #lookLater(): void {
    this.#cancelLook ??= this.#deps.clock.after(lookMs, () => {
      this.#cancelLook = undefined;
      this.#next(() => this.#look());
    });
  }

  async #look(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    if (this.#isQuiet()) return this.#lookLater();
    try {
      await this.#tellHeld();
    } catch (error) {
      // It is held still: the database may answer the next time.
      this.#lookLater();
      throw error;
    }
  }

  async #tellHeld(): Promise<void> {
    const { webhooks, alerts } = this.#deps;
    for (const webhook of await webhooks.list()) {
      const range = await webhooks.findHeld(webhook.id);
      if (!range) continue;
      const isWanted = (type: NotificationType) => webhook.isEnabled && mayWait(type) && webhook.types.includes(type);
      const held = await heldIn((question) => alerts.list(question), range, isWanted);
      if ((await webhooks.takeHeld(webhook.id, range)) && countOf(held) > 0)
        this.#queue(webhook, (now) => summaryOf(webhook, held, now));
    }
  }

  #queue(webhook: Webhook, compose: (now: number) => Message): void {
    const queue = this.#queues.get(webhook.id) ?? { waiting: 0, last: Promise.resolve() };
    this.#queues.set(webhook.id, queue);
    if (queue.waiting >= mostWaiting) return;
    queue.waiting += 1;
    queue.last = queue.last
      .then(() => this.#deliver(webhook, compose))
      .catch((error: unknown) => this.#deps.warn(`A webhook could not be told: ${String(error)}`))
      .finally(() => {
        queue.waiting -= 1;
      });
  }

  async #deliver(webhook: Webhook, compose: (now: number) => Message): Promise<void> {
    const { clock, changed } = this.#deps;
    for (let tries = 0; !this.#stopping.signal.aborted; tries += 1) {
      const verdict = await sendAndNote(this.#deps, webhook, compose(clock.now()));
      changed();
      const waitMs = waitsMs[tries];
      if (verdict.arrived || !verdict.mayTryAgain || waitMs === undefined) return;
      await this.#wait(waitMs);
    }
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(ms, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    return promise.finally(cancel);
  }
}

function messageOf({ language }: Webhook, alert: Alert, now: number): Message {
  return { text: alertSentence(alert, { language }, alert.at), alert, now };
}

function summaryOf({ language }: Webhook, held: Held, now: number): Message {
  return { text: heldText(held, { language }, now), held, now };
}
