import { runOutsOf } from './accounts/run-out.ts';
import type { AccountView } from './accounts/view.ts';
import type { Alert } from './domain/alert.ts';
import type { Clock } from './domain/clock.ts';
import type { LimitedKey } from './keys/key.ts';
import type { LimitStanding } from './keys/limit-refusal.ts';
import { accountFindings, recoveredAccounts, returnsOf } from './notify/account-alerts.ts';
import type { AlertLog, Ongoing } from './usage/alert-log.ts';

export interface AlertWatchDeps {
  readonly alerts: AlertLog;
  readonly clock: Clock;
  accounts(): readonly AccountView[];
  /** A key, or a member as one that has no limits itself. */
  findLimited(id: string): LimitedKey | undefined;
  standings(key: LimitedKey): Promise<readonly LimitStanding[]>;
  warn(message: string): void;
}

const everyMs = 15_000;
/** A rolling limit that was reached must fall below this before it is told again. */
const recoveredPercent = 70;
/** A state that changed is looked at so soon, together with what changes with it. */
const soonMs = 1_000;
/** How the keys of what is told of accounts begin. */
const accountKeys = ['account ', 'sign-in ', 'blocked ', 'limited ', 'unavailable '] as const;
/** So long the list of what needs attention shows that another account stepped in. */
const failoverShownMs = 600_000;

/** Tells of limits of keys and members that are nearly or wholly used up, and of accounts that cannot serve or will not for long. */
export class AlertWatch {
  readonly #deps: AlertWatchDeps;
  /** What is being told just now. */
  readonly #telling = new Map<string, Promise<void>>();
  #cancel: () => void = () => undefined;
  #cancelSoon: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: AlertWatchDeps) {
    this.#deps = deps;
    this.#schedule();
  }

  /** Hot path, for limits of which four fifths are used: what was told before is found in memory. */
  noteLimit(key: LimitedKey, standing: LimitStanding, isReached: boolean): void {
    const percent = isReached || standing.spent >= standing.limit.amount ? 100 : 80;
    // What all keys of a member share is told of the member, once.
    const subject = standing.isShared ? (key.member ?? key) : key;
    const stateKey = stateKeyOf(subject, standing, percent);
    const { alerts, warn } = this.#deps;
    if (alerts.isOngoing(stateKey) || this.#telling.has(stateKey)) return;
    if (percent === 80 && alerts.isOngoing(stateKeyOf(subject, standing, 100))) return;
    const { limit, name, spent, resetsAt } = standing;
    const { measure, amount } = limit;
    const kind = standing.isShared ? 'member-limit-reached' : 'key-limit-reached';
    const detail = { kind, subjectId: subject.id, subjectName: subject.name, window: name } as const;
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

  /** Hot path, for the few calls that change the state of an account. */
  soon(): void {
    if (this.#isStopped) return;
    this.#cancelSoon ??= this.#deps.clock.after(soonMs, () => {
      this.#cancelSoon = undefined;
      void this.look();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    this.#cancelSoon?.();
    await this.#looking;
    await Promise.all(this.#telling.values());
  }

  #schedule(): void {
    this.#cancel = this.#deps.clock.after(everyMs, () => {
      void this.look().then(() => this.#isStopped || this.#schedule());
    });
  }

  async #look(): Promise<void> {
    const { alerts, clock } = this.#deps;
    const now = clock.now();
    const views = this.#deps.accounts();
    const going = accountKeys.flatMap((start) => alerts.ongoing(start));
    await this.#tellRunOuts(views, going, now);
    for (const { stateKey, detail } of accountFindings(views, going, now)) await alerts.raise(stateKey, detail);
    const over = recoveredAccounts(views, going, now);
    const returns = returnsOf(over, views, now);
    for (const { stateKey, detail } of returns) await alerts.raise(stateKey, detail);
    const old = alerts.ongoing('failover ').filter(({ alert }) => now - alert.at >= failoverShownMs);
    await alerts.recover([
      ...[...over, ...old, ...returns].map(({ stateKey }) => stateKey),
      ...(await this.#recoveredLimits()),
    ]);
  }

  async #tellRunOuts(views: readonly AccountView[], going: readonly Ongoing[], now: number): Promise<void> {
    for (const { detail, slackMs } of runOutsOf(views, now)) {
      const { subjectId, window, resetsAt } = detail;
      const isTold = going.some(
        ({ alert }) =>
          alert.kind === 'account-run-out' &&
          alert.subjectId === subjectId &&
          alert.window === window &&
          Math.abs((alert.resetsAt ?? 0) - resetsAt) <= slackMs,
      );
      if (!isTold) await this.#deps.alerts.raise(`account ${subjectId} ${window} ${resetsAt}`, detail);
    }
  }

  async #recoveredLimits(): Promise<readonly string[]> {
    const { alerts, clock, findLimited, standings } = this.#deps;
    const recovered: string[] = [];
    const going = Map.groupBy(alerts.ongoing('limit '), ({ alert }) => alert.subjectId);
    for (const [id, ofOne] of going) {
      const limited = findLimited(id);
      const now = limited ? await standings(limited) : [];
      for (const { stateKey, alert } of ofOne) {
        const isShared = alert.kind === 'member-limit-reached';
        const standing = now.find((one) => one.name === alert.window && (one.isShared ?? false) === isShared);
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
function stateKeyOf({ id }: Pick<LimitedKey, 'id'>, { name, limit, resetsAt }: LimitStanding, percent: number): string {
  const window = limit.window.kind === 'calendar' ? String(resetsAt) : limit.window.kind;
  return `limit ${id} ${name} ${window} ${percent}`;
}
