import { runOutsOf } from './accounts/run-out.ts';
import type { AccountView } from './accounts/view.ts';
import type { Alert } from './domain/alert.ts';
import type { Clock } from './domain/clock.ts';
import type { ApiKey } from './keys/key.ts';
import type { LimitStanding } from './keys/limit-refusal.ts';
import type { AlertLog } from './usage/alert-log.ts';

export interface AlertWatchDeps {
  readonly alerts: AlertLog;
  readonly clock: Clock;
  accounts(): readonly AccountView[];
  findKey(id: string): ApiKey | undefined;
  standings(key: ApiKey): Promise<readonly LimitStanding[]>;
  warn(message: string): void;
}

const everyMs = 15_000;
/** A rolling limit that was reached must fall below this before it is told again. */
const recoveredPercent = 70;

/** Tells of limits of keys that are nearly or wholly used up, and of accounts that will run out before their reset. */
export class AlertWatch {
  readonly #deps: AlertWatchDeps;
  /** What is being told just now. */
  readonly #telling = new Map<string, Promise<void>>();
  #cancel: () => void = () => undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: AlertWatchDeps) {
    this.#deps = deps;
    this.#schedule();
  }

  /** Hot path, for limits of which four fifths are used: what was told before is found in memory. */
  noteLimit(key: ApiKey, standing: LimitStanding, isReached: boolean): void {
    const percent = isReached || standing.spent >= standing.limit.amount ? 100 : 80;
    const stateKey = stateKeyOf(key, standing, percent);
    const { alerts, warn } = this.#deps;
    if (alerts.isOngoing(stateKey) || this.#telling.has(stateKey)) return;
    if (percent === 80 && alerts.isOngoing(stateKeyOf(key, standing, 100))) return;
    const { limit, name, spent, resetsAt } = standing;
    const { measure, amount } = limit;
    const detail = { kind: 'key-limit-reached', subjectId: key.id, subjectName: key.name, window: name } as const;
    const told = alerts
      .raise(stateKey, { ...detail, percent, used: spent, limit: amount, measure, resetsAt })
      .catch((error: unknown) => warn(`An alert could not be stored: ${String(error)}`))
      .finally(() => this.#telling.delete(stateKey));
    this.#telling.set(stateKey, told);
  }

  /** Looks at accounts, and at what recovered. */
  look(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) => this.#deps.warn(`Alerts could not be looked at: ${String(error)}`));
    return this.#looking;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#looking;
    await Promise.all(this.#telling.values());
  }

  #schedule(): void {
    this.#cancel = this.#deps.clock.after(everyMs, () => {
      void this.look().then(() => this.#isStopped || this.#schedule());
    });
  }

  async #look(): Promise<void> {
    const { alerts, clock, accounts } = this.#deps;
    const now = clock.now();
    const going = alerts.ongoing('account ');
    for (const { detail, slackMs } of runOutsOf(accounts(), now)) {
      const { subjectId, window, resetsAt } = detail;
      const isTold = going.some(
        ({ alert }) =>
          alert.subjectId === subjectId &&
          alert.window === window &&
          Math.abs((alert.resetsAt ?? 0) - resetsAt) <= slackMs,
      );
      if (!isTold) await alerts.raise(`account ${subjectId} ${window} ${resetsAt}`, detail);
    }
    // Only its reset ends an episode: an account that tells nothing more has not recovered.
    const over = going.filter(({ alert }) => (alert.resetsAt ?? 0) <= now);
    await alerts.recover([...over.map(({ stateKey }) => stateKey), ...(await this.#recoveredLimits())]);
  }

  async #recoveredLimits(): Promise<readonly string[]> {
    const { alerts, clock, findKey, standings } = this.#deps;
    const recovered: string[] = [];
    const going = Map.groupBy(alerts.ongoing('limit '), ({ alert }) => alert.subjectId);
    for (const [keyId, ofKey] of going) {
      const key = findKey(keyId);
      const now = key ? await standings(key) : [];
      for (const { stateKey, alert } of ofKey) {
        const standing = now.find(({ name }) => name === alert.window);
        if (!standing || isFree(standing) || isPast(stateKey, alert, clock.now())) recovered.push(stateKey);
      }
    }
    return recovered;
  }
}

/** Of a window of the calendar that is over. */
function isPast(stateKey: string, { resetsAt }: Alert, now: number): boolean {
  return resetsAt !== undefined && resetsAt <= now && stateKey.includes(` ${resetsAt} `);
}

function isFree({ spent, limit }: LimitStanding): boolean {
  return spent * 100 < limit.amount * recoveredPercent;
}

/** Windows of the calendar are others with each reset; one that rolls stays the same until it recovers. */
function stateKeyOf({ id }: ApiKey, { name, limit, resetsAt }: LimitStanding, percent: number): string {
  const window = limit.window.kind === 'calendar' ? String(resetsAt) : limit.window.kind;
  return `limit ${id} ${name} ${window} ${percent}`;
}
