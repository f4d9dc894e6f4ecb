import { periodAt } from '../domain/calendar.ts';
import type { Clock } from '../domain/clock.ts';
import { matchesPattern } from '../domain/patterns.ts';
import type { BudgetAsk, BudgetHold, Budgets, BudgetWindow, Held, SpentAt, Standing } from '../state/state.ts';
import { StateUnavailable } from '../state/state.ts';
import type { ApiKey } from './key.ts';
import { type Amounts, type KeyLimit, limitName } from './limit.ts';
import { type LimitStanding, overLimit } from './limit-refusal.ts';
import { LimitReservation, type Reservation } from './reservation.ts';

export interface LimitedCall {
  readonly model: string;
  /** When it arrived, epoch milliseconds: it counts for that time, whenever it ends. */
  readonly at: number;
  /** What it usually comes to. */
  likely(): Amounts;
  /** What it comes to at most. */
  most(): Amounts;
}

/** What the stored calls of a key came to. */
export interface SpentBefore extends Amounts {
  readonly at: number;
  readonly model: string;
}

/** In parts of `stepMs`, or all as one. */
export type ReadSpent = (question: {
  readonly keyId: string;
  readonly since: number;
  readonly stepMs?: number;
}) => Promise<readonly SpentBefore[]>;

export interface LimiterDeps {
  readonly budgets: Budgets;
  readonly clock: Clock;
  readonly spentBefore: ReadSpent;
  /** A shadow limit that would have refused a call. */
  report(keyId: string, standing: LimitStanding): void;
}

/** A hold outlives its call by at most this, should the process die. */
const holdMs = 60_000;
const partsOfRolling = 20;
const maxRounds = 4;

interface Asked {
  readonly limit: KeyLimit;
  readonly ask: BudgetAsk;
}

/** Holds every call against the limits of its key, however many calls there are at once. */
export class KeyLimiter {
  readonly #deps: LimiterDeps;
  /** Sums that are being read from the stored calls, by window. */
  readonly #completing = new Map<string, Promise<void>>();

  constructor(deps: LimiterDeps) {
    this.#deps = deps;
  }

  /** Undefined for keys without limits. Throws `rate-limited` or `quota-exhausted`; nothing is held then. */
  async reserve(key: ApiKey, call: LimitedCall): Promise<Reservation | undefined> {
    const asked = key.limits
      .filter((limit) => isAbout(limit, call.model))
      .map((limit) => this.#toAsk(key, limit, call));
    if (asked.length === 0) return undefined;
    const held = await this.#hold(key, asked).catch((error: unknown) => unlessUnavailable(error));
    if (!held) return undefined;
    const standings = asked.map(({ limit, ask }, index) => toStanding(limit, held.standings[index] ?? unknown, ask));
    for (const standing of standings) if (isOver(standing)) this.#deps.report(key.id, standing);
    const settled = (spend: Amounts) => this.#settle(asked, held.hold, { call, spend });
    return new LimitReservation({ hold: held.hold, clock: this.#deps.clock, standings, settled });
  }

  /** How each limit of a key stands now. */
  async standings(key: ApiKey): Promise<readonly LimitStanding[]> {
    const now = this.#deps.clock.now();
    const asked = key.limits.map((limit) => ({
      limit,
      ask: { window: windowOf(key, limit, now), limit: limit.amount, amount: 0 },
    }));
    for (const { limit, ask } of asked) {
      if (!(await this.#deps.budgets.read(ask.window))) await this.#complete(key, limit, ask.window);
    }
    return await this.#standingsOf(asked);
  }

  #toAsk(key: ApiKey, limit: KeyLimit, call: LimitedCall): Asked {
    const amounts = limit.mode === 'strict' ? call.most() : call.likely();
    const most = limit.mode === 'shadow' ? Number.POSITIVE_INFINITY : limit.amount;
    return { limit, ask: { window: windowOf(key, limit, call.at), limit: most, amount: amounts[limit.measure] } };
  }

  async #hold(key: ApiKey, asked: readonly Asked[]): Promise<Extract<Held, { readonly kind: 'held' }>> {
    for (let round = 0; round < maxRounds; round += 1) {
      const answer = await this.#deps.budgets.hold(
        asked.map(({ ask }) => ask),
        holdMs,
      );
      if (answer.kind === 'held') return answer;
      if (answer.kind === 'refused') throw this.#refusal(asked[answer.index], answer.standing);
      for (const { limit, ask } of asked) {
        if (answer.windows.includes(ask.window)) await this.#complete(key, limit, ask.window);
      }
    }
    throw new StateUnavailable('The sums of a limit could not be made anew');
  }

  #refusal(asked: Asked | undefined, standing: Standing): Error {
    if (!asked) return new Error('A limit that was not asked refused');
    const { limit, ask } = asked;
    const now = this.#deps.clock.now();
    return overLimit(toStanding(limit, standing, ask), ask.amount, now);
  }

  /** Once at a time for each window: who comes second waits for the first. */
  #complete(key: ApiKey, limit: KeyLimit, window: BudgetWindow): Promise<void> {
    const known = this.#completing.get(window.name);
    if (known) return known;
    const completing = this.#readAndComplete(key, limit, window).finally(() => this.#completing.delete(window.name));
    this.#completing.set(window.name, completing);
    return completing;
  }

  async #readAndComplete(key: ApiKey, limit: KeyLimit, window: BudgetWindow): Promise<void> {
    const now = this.#deps.clock.now();
    const before = await spentIn({ key, limit, window }, { now, spentBefore: this.#deps.spentBefore });
    await this.#deps.budgets.complete(window, before);
  }

  async #settle(
    asked: readonly Asked[],
    hold: BudgetHold,
    { call, spend }: { readonly call: LimitedCall; readonly spend: Amounts },
  ): Promise<void> {
    // A call must not fall between the sums that are just being read and those that it adds to.
    await Promise.all(asked.map(({ ask }) => this.#completing.get(ask.window.name)));
    await hold.settle(
      asked.map(({ limit }) => spend[limit.measure]),
      call.at,
    );
  }

  async #standingsOf(asked: readonly Asked[]): Promise<readonly LimitStanding[]> {
    const found = await Promise.all(asked.map(({ ask }) => this.#deps.budgets.read(ask.window)));
    return asked.flatMap(({ limit, ask }, index) => {
      const standing = found[index];
      return standing ? [toStanding(limit, standing, { ...ask, amount: 0 })] : [];
    });
  }
}

/** How the limits of a key stand by the stored calls alone: for when no relay runs, which would know what is held. */
export async function storedStandings(
  key: ApiKey,
  { now, spentBefore }: { readonly now: number; readonly spentBefore: ReadSpent },
): Promise<readonly LimitStanding[]> {
  return await Promise.all(
    key.limits.map(async (limit) => {
      const window = windowOf(key, limit, now);
      const before = await spentIn({ key, limit, window }, { now, spentBefore });
      const parts = before.map(({ at, amount }) => ({ endsAt: endOf(window, at), amount }));
      const spent = before.reduce((total, { amount }) => total + amount, 0);
      return toStanding(limit, { spent, held: 0, parts }, { window, limit: limit.amount, amount: 0 });
    }),
  );
}

function endOf({ span }: BudgetWindow, at: number): number | undefined {
  return span.kind === 'rolling' ? at + span.lengthMs + span.lengthMs / partsOfRolling : span.endsAt;
}

async function spentIn(
  { key, limit, window: { span } }: { readonly key: ApiKey; readonly limit: KeyLimit; readonly window: BudgetWindow },
  { now, spentBefore }: { readonly now: number; readonly spentBefore: ReadSpent },
): Promise<readonly SpentAt[]> {
  const question =
    span.kind === 'rolling'
      ? { since: now - span.lengthMs, stepMs: span.lengthMs / partsOfRolling }
      : { since: span.startsAt };
  const before = await spentBefore({ keyId: key.id, ...question });
  return before.filter(({ model }) => isAbout(limit, model)).map((one) => ({ at: one.at, amount: one[limit.measure] }));
}

const unknown: Standing = { spent: 0, held: 0, parts: [] };

/** Only a shadow limit lets that happen. */
function isOver({ limit, spent, held }: LimitStanding): boolean {
  return limit.mode === 'shadow' && spent + held > limit.amount;
}

/** Live state may be lost: a key is rather let through than refused for a limit that nobody can count now. */
function unlessUnavailable(error: unknown): undefined {
  if (error instanceof StateUnavailable) return undefined;
  throw error;
}

function isAbout({ models }: KeyLimit, model: string): boolean {
  return models === undefined || models.length === 0 || models.some((pattern) => matchesPattern(pattern, model));
}

function windowOf(key: ApiKey, limit: KeyLimit, at: number): BudgetWindow {
  const { window } = limit;
  const name = `${key.id} ${limitName(limit)}`;
  if (window.kind === 'rolling') return { name, span: window };
  if (window.kind === 'total') return { name, span: { kind: 'period', startsAt: 0 } };
  return { name, span: { kind: 'period', ...periodAt(window, at) } };
}

function toStanding(limit: KeyLimit, standing: Standing, ask: BudgetAsk): LimitStanding {
  const { spent, held } = standing;
  return { limit, name: limitName(limit), spent, held, resetsAt: resetOf(limit, standing, ask) };
}

/** When enough of what is spent stops counting. */
function resetOf(limit: KeyLimit, { spent, parts }: Standing, { window, amount }: BudgetAsk): number | undefined {
  if (window.span.kind === 'period') return window.span.endsAt;
  const mustGo = spent + Math.max(1, amount) - limit.amount;
  let gone = 0;
  for (const part of parts.toSorted((a, b) => (a.endsAt ?? 0) - (b.endsAt ?? 0))) {
    gone += part.amount;
    if (gone >= mustGo) return part.endsAt;
  }
  return parts.at(-1)?.endsAt;
}
