import { noAmount } from '../domain/alert.ts';
import type { Clock } from '../domain/clock.ts';
import type { FaultKind } from '../domain/fault.ts';
import type { AlertLog } from '../usage/alert-log.ts';
import type { CallRecord } from '../usage/record.ts';

export interface FailoverDeps {
  readonly alerts: Pick<AlertLog, 'raise'>;
  readonly clock: Clock;
  nameOf(accountId: string): string;
  /** Whether it says something about the account; others are about the call. */
  isAccounts(fault: FaultKind): boolean;
  warn(message: string): void;
}

interface Pair {
  readonly from: string;
  readonly to: string;
  /** Of the minute that goes on, those that were not told yet. */
  calls: number;
  cancel: () => void;
}

const groupMs = 60_000;

/** Tells when one account serves in place of another: the first of a quiet time at once, and then what a minute brings together. */
export class Failovers {
  readonly #deps: FailoverDeps;
  readonly #pairs = new Map<string, Pair>();
  #telling: Promise<void> = Promise.resolve();

  constructor(deps: FailoverDeps) {
    this.#deps = deps;
  }

  /** Hot path: nearly every call has one attempt, and that is all that is looked at. */
  note({ attempts, accountId: to, status }: Pick<CallRecord, 'attempts' | 'accountId' | 'status'>): void {
    if (attempts.length < 2 || to === undefined || status !== 'completed') return;
    const { isAccounts } = this.#deps;
    const failed = attempts.filter(
      ({ fault, isCancelled }) => fault !== undefined && !isCancelled && isAccounts(fault),
    );
    const from = new Set(failed.map(({ accountId }) => accountId));
    from.delete(to);
    for (const one of from) this.#add(one, to);
  }

  async stop(): Promise<void> {
    for (const { cancel } of this.#pairs.values()) cancel();
    this.#pairs.clear();
    await this.#telling;
  }

  #add(from: string, to: string): void {
    const name = `${from} ${to}`;
    const known = this.#pairs.get(name);
    if (known) {
      known.calls += 1;
      return;
    }
    const pair: Pair = { from, to, calls: 1, cancel: () => undefined };
    this.#pairs.set(name, pair);
    this.#tell(name, pair);
  }

  #tell(name: string, pair: Pair): void {
    const { alerts, clock, nameOf, warn } = this.#deps;
    const { from, to, calls } = pair;
    const names = { subjectId: from, subjectName: nameOf(from), otherName: nameOf(to) };
    this.#telling = this.#telling
      .then(() =>
        alerts.raise(`failover ${name} ${clock.now()}`, { ...noAmount, ...names, kind: 'failed-over', used: calls }),
      )
      .catch((error: unknown) => warn(`An alert could not be stored: ${String(error)}`));
    pair.calls = 0;
    pair.cancel = clock.after(groupMs, () => {
      if (pair.calls > 0) this.#tell(name, pair);
      else this.#pairs.delete(name);
    });
  }
}
