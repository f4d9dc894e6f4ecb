import type { AlertDetail } from '../domain/alert.ts';
import { type Period, periodAt } from '../domain/calendar.ts';
import type { Clock } from '../domain/clock.ts';
import type { AlertLog } from './alert-log.ts';
import { type Budget, isBilled } from './budget.ts';
import type { BudgetRepository } from './budget-repository.ts';

/** What a settled call came to. */
export interface NotedCall {
  readonly keyId: string;
  readonly accountId: string | undefined;
  readonly costNanoUsd: number;
  readonly billedNanoUsd: number;
}

export interface BudgetWatchDeps {
  readonly budgets: BudgetRepository;
  readonly alerts: AlertLog;
  readonly clock: Clock;
  /** Whose key it is. */
  ownerOf(keyId: string): string | undefined;
  /** What the stored calls of a budget came to since then. */
  spent(budget: Budget, since: number): Promise<number>;
  warn(message: string): void;
}

export interface BudgetStanding {
  readonly budget: Budget;
  readonly spentNanoUsd: number;
  readonly period: Period;
  /** What it comes to at the end of the period, at the pace so far; undefined while it is too early to say. */
  readonly forecastNanoUsd: number | undefined;
}

const shares = [100, 80] as const;
const everyMs = 5_000;
/** Other nodes spend too, and what was priced later counts. */
const readAgainMs = 60_000;
/** Too little of a period tells nothing about the rest of it. */
const leastElapsed = 0.1;

interface Watched {
  readonly budget: Budget;
  startsAt: number;
  /** As it was read, and what came here since. */
  spent: number;
  readAt: number;
  isTouched: boolean;
}

/** Looks whether budgets are reached: a little after calls settled, never while one waits for it. */
export class BudgetWatch {
  readonly #deps: BudgetWatchDeps;
  #watched: Watched[] = [];
  #revision = '';
  #cancel: () => void = () => undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: BudgetWatchDeps) {
    this.#deps = deps;
    this.#schedule();
  }

  /** Hot path: adds to sums and no more. */
  note({ keyId, accountId, costNanoUsd, billedNanoUsd }: NotedCall): void {
    if (this.#watched.length === 0 || costNanoUsd === 0) return;
    for (const watched of this.#watched) {
      if (!this.#isOf(watched.budget, keyId, accountId)) continue;
      watched.spent += isBilled(watched.budget) ? billedNanoUsd : costNanoUsd;
      watched.isTouched = true;
    }
  }

  /** Looks at what was touched, or is old. */
  look(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) => this.#deps.warn(`Budgets could not be looked at: ${String(error)}`));
    return this.#looking;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#looking;
  }

  #schedule(): void {
    this.#cancel = this.#deps.clock.after(everyMs, () => {
      void this.look().then(() => this.#isStopped || this.#schedule());
    });
  }

  async #look(): Promise<void> {
    await this.#reload();
    const now = this.#deps.clock.now();
    const over = this.#deps.alerts
      .ongoing('budget ')
      .filter(({ alert }) => (alert.resetsAt ?? Number.POSITIVE_INFINITY) <= now);
    await this.#deps.alerts.recover(over.map(({ stateKey }) => stateKey));
    for (const watched of this.#watched) {
      const { startsAt } = periodAt(watched.budget.period, now);
      const isOld = watched.startsAt !== startsAt || now - watched.readAt >= readAgainMs;
      if (isOld || (watched.isTouched && this.#mayTell(watched, now))) await this.#read(watched, now);
    }
  }

  /** Whether the sum here would tell something that was not told. */
  #mayTell({ budget, spent }: Watched, now: number): boolean {
    return findings(standingOf(budget, spent, now)).some(({ stateKey }) => !this.#deps.alerts.isOngoing(stateKey));
  }

  async #read(watched: Watched, now: number): Promise<void> {
    const { budget } = watched;
    const { startsAt } = periodAt(budget.period, now);
    watched.isTouched = false;
    const spent = await this.#deps.spent(budget, startsAt);
    Object.assign(watched, { spent, startsAt, readAt: now });
    const { alerts } = this.#deps;
    for (const { stateKey, detail } of findings(standingOf(budget, spent, now))) await alerts.raise(stateKey, detail);
  }

  async #reload(): Promise<void> {
    const revision = await this.#deps.budgets.revision();
    if (revision === this.#revision) return;
    const before = new Map(this.#watched.map((watched) => [watched.budget.id, watched]));
    const budgets = await this.#deps.budgets.list();
    const isKept = (budget: Budget) => JSON.stringify(before.get(budget.id)?.budget) === JSON.stringify(budget);
    await this.#deps.alerts.tidy();
    this.#watched = budgets.map((budget) => {
      const known = isKept(budget) ? before.get(budget.id) : undefined;
      return known ?? { budget, startsAt: Number.NaN, spent: 0, readAt: 0, isTouched: false };
    });
    this.#revision = revision;
  }

  #isOf({ scope, scopeId }: Budget, keyId: string, accountId: string | undefined): boolean {
    switch (scope) {
      case 'everything':
        return true;
      case 'key':
        return keyId === scopeId;
      case 'account':
        return accountId === scopeId;
      case 'owner':
        return this.#deps.ownerOf(keyId) === scopeId;
    }
  }
}

/** How a budget stands with what was spent in the period that goes on. */
export function standingOf(budget: Budget, spentNanoUsd: number, now: number): BudgetStanding {
  const period = periodAt(budget.period, now);
  const elapsed = (now - period.startsAt) / (period.endsAt - period.startsAt);
  const forecastNanoUsd = elapsed < leastElapsed ? undefined : Math.round(spentNanoUsd / elapsed);
  return { budget, spentNanoUsd, period, forecastNanoUsd };
}

interface Finding {
  readonly stateKey: string;
  readonly detail: AlertDetail;
}

/** What there is to tell. What is reached is not forecast too, and at once above 100 % that says it all. */
function findings({ budget, spentNanoUsd, period, forecastNanoUsd = 0 }: BudgetStanding): readonly Finding[] {
  const { id, name, amountNanoUsd } = budget;
  const common = {
    subjectId: id,
    subjectName: name,
    window: budget.period.unit,
    resetsAt: period.endsAt,
    used: spentNanoUsd,
    limit: amountNanoUsd,
    measure: 'cost',
  } as const;
  const keyOf = (what: string) => `budget ${id} ${period.startsAt} ${what}`;
  const percent = shares.find((share) => spentNanoUsd * 100 >= amountNanoUsd * share);
  if (percent !== undefined)
    return [{ stateKey: keyOf(String(percent)), detail: { ...common, kind: 'budget-reached', percent } }];
  if (forecastNanoUsd <= amountNanoUsd) return [];
  const lengthMs = period.endsAt - period.startsAt;
  const runsOutAt = Math.round(period.startsAt + (lengthMs * amountNanoUsd) / forecastNanoUsd);
  return [{ stateKey: keyOf('forecast'), detail: { ...common, kind: 'budget-forecast', runsOutAt } }];
}
