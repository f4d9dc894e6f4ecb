import { periodAt } from '../domain/calendar.ts';
import type { Clock } from '../domain/clock.ts';
import {
  type BudgetAsk,
  type Budgets,
  type BudgetWindow,
  type Held,
  type SpentAt,
  type Standing,
  StateDamaged,
  StateUnavailable,
} from '../state/state.ts';
import type { LimitedKey } from './key.ts';
import { type Amounts, type KeyLimit, limitName } from './limit.ts';
import { type LimitStanding, overLimit } from './limit-refusal.ts';
import { coversModel } from './permission.ts';
import { holdMs, LimitReservation, type Reservation } from './reservation.ts';

export interface LimitedCall {
  readonly model: string;
  /** When it arrived, epoch milliseconds: it counts for that time, whenever it ends. */
  readonly at: number;
  /** What it usually comes to. */
  likely(): Amounts;
  /** What it comes to at most. */
  most(): Amounts;
}

/** What stored calls came to. */
export interface SpentBefore extends Amounts {
  readonly at: number;
  readonly model: string;
}

/** In parts of `stepMs`, or all as one. */
export type ReadSpent = (question: {
  readonly ownerId: string;
  /** Whether the owner is a member, with all their keys. */
  readonly isShared: boolean;
  readonly since: number;
  readonly stepMs?: number;
}) => Promise<readonly SpentBefore[]>;

/** Whoever has limits: a key, or an account with caps. */
export interface Limited {
  readonly id: string;
  readonly limits: readonly KeyLimit[];
}

export interface LimiterDeps<Owner extends Limited = LimitedKey> {
  readonly budgets: Budgets;
  readonly clock: Clock;
  readonly spentBefore: ReadSpent;
  /** Whose limits a call of this owner counts for too: the member's, whom all their keys share. */
  shared?(owner: Owner): Limited | undefined;
  /** A shadow limit that would have refused a call. */
  report(ownerId: string, standing: LimitStanding): void;
  /** A limit of which four fifths are used, with the calls that settled; `isReached` once it refuses. */
  near?(owner: Owner, standing: LimitStanding, isReached: boolean): void;
}

const partsOfRolling = 20;
const nearPercent = 80;
const maxRounds = 4;
/** After the live state failed it is left alone for this long: a call must not wait for its time-out again and again. */
const restMs = 1_000;

/** So long calls wait until the stored calls are read. */
const readMs = 2_000;

/** Sums that are being made anew. */
interface Completing {
  readonly done: Promise<void>;
  /** Calls wait for it no longer than this, by the monotonic clock. */
  readonly until: number;
}

/** One limit, and whose. */
interface HeldLimit {
  readonly holder: Limited;
  readonly isShared: boolean;
  readonly limit: KeyLimit;
}

interface Asked extends HeldLimit {
  readonly ask: BudgetAsk;
}

/** Holds every call against the limits of its owner, however many calls there are at once. */
export class Limiter<Owner extends Limited = LimitedKey> {
  readonly #deps: LimiterDeps<Owner>;
  /** Sums that are being read from the stored calls, by window. */
  readonly #completing = new Map<string, Completing>();
  /** Sums that miss something, because the live state could not be told: they must be made anew before they count. */
  readonly #wrong = new Map<string, BudgetWindow>();
  #restUntil = Number.NEGATIVE_INFINITY;

  constructor(deps: LimiterDeps<Owner>) {
    this.#deps = deps;
  }

  /** Undefined for owners without limits. Throws `rate-limited` or `quota-exhausted`; nothing is held then. */
  async reserve(owner: Owner, call: LimitedCall): Promise<Reservation | undefined> {
    const asked = this.#limitsOf(owner)
      .filter(({ limit }) => isAbout(limit, call.model))
      .map((held) => toAsked(held, call));
    if (asked.length === 0) return undefined;
    const held = await this.#hold(owner, asked).catch((error: unknown) => this.#unlessUnavailable(error));
    const windows = asked.map(({ ask }) => ask.window);
    if (!held) return this.#uncounted(windows);
    const standings = asked.map((one, index) => toStanding(one, held.standings[index] ?? unknown));
    for (const standing of standings) if (isOver(standing)) this.#deps.report(owner.id, standing);
    const amounts = (spend: Amounts) => asked.map(({ limit }) => spend[limit.measure]);
    const settled = async (spend: Amounts) => {
      await held.hold.settle(amounts(spend), call.at).catch(() => this.#distrust(windows));
      this.#tellNear(owner, standings, spend);
    };
    return new LimitReservation({ hold: held.hold, clock: this.#deps.clock, standings, settled });
  }

  /** How each limit stands now. */
  async standings(owner: Owner): Promise<readonly LimitStanding[]> {
    const now = this.#deps.clock.now();
    const asked = this.#limitsOf(owner).map((held) => toLook(held, now));
    await this.#forgetWrong(asked);
    for (const one of asked) {
      if (!(await this.#deps.budgets.read(one.ask.window))) await this.#complete(one).done;
    }
    return await this.#standingsOf(asked);
  }

  /** Makes the sums anew from its stored calls: when calls were stored, or changed, beside the usual way. */
  async recount(owner: Owner): Promise<void> {
    const now = this.#deps.clock.now();
    const windows = this.#limitsOf(owner).map((held) => windowOf(held, now));
    try {
      for (const window of windows) await this.#deps.budgets.forget(window);
    } catch (error) {
      this.#unlessUnavailable(error);
      this.#distrust(windows);
    }
  }

  #limitsOf(owner: Owner): readonly HeldLimit[] {
    return limitsOf(owner, this.#deps.shared?.(owner));
  }

  /** Undefined when the stored calls do not tell what counts. */
  async #hold(owner: Owner, asked: readonly Asked[]): Promise<Extract<Held, { readonly kind: 'held' }> | undefined> {
    if (this.#deps.clock.monotonic() < this.#restUntil) throw new StateUnavailable('The live state failed just now');
    for (let round = 0; round < maxRounds; round += 1) {
      await this.#forgetWrong(asked);
      const answer = await this.#deps.budgets.hold(
        asked.map(({ ask }) => ask),
        holdMs,
      );
      if (answer.kind === 'held') return answer;
      if (answer.kind === 'refused') throw this.#refusal(owner, asked[answer.index], answer.standing);
      const incomplete = asked.filter(({ ask }) => answer.windows.includes(ask.window));
      for (const one of incomplete) if (!(await this.#isCompleted(one))) return undefined;
    }
    throw new StateUnavailable('The sums of a limit could not be made anew');
  }

  async #forgetWrong(asked: readonly Asked[]): Promise<void> {
    if (this.#wrong.size === 0) return;
    for (const { ask } of asked) {
      const id = idOf(ask.window);
      if (!this.#wrong.has(id)) continue;
      await this.#deps.budgets.forget(ask.window);
      this.#wrong.delete(id);
    }
  }

  #refusal(owner: Owner, asked: Asked | undefined, standing: Standing): Error {
    if (!asked) return new Error('A limit that was not asked refused');
    const { limit, ask } = asked;
    const stands = toStanding(asked, standing);
    // While others hold the rest it may have room again in a moment.
    if (standing.held === 0 || standing.spent >= limit.amount) this.#deps.near?.(owner, stands, true);
    return overLimit(stands, ask.amount, this.#deps.clock.now());
  }

  /** At least what this call and those before it came to; others may have settled meanwhile. */
  #tellNear(owner: Owner, standings: readonly LimitStanding[], spend: Amounts): void {
    if (!this.#deps.near) return;
    for (const standing of standings) {
      const spent = standing.spent + spend[standing.limit.measure];
      if (spent * 100 >= standing.limit.amount * nearPercent) this.#deps.near(owner, { ...standing, spent }, false);
    }
  }

  /** Once at a time for each window: who comes second waits for the first. */
  #complete(asked: Asked): Completing {
    const { budgets, clock, spentBefore } = this.#deps;
    const { window } = asked.ask;
    const id = idOf(window);
    const known = this.#completing.get(id);
    if (known) return known;
    const readSpent = () => spentIn(asked, { now: clock.now(), spentBefore });
    const done = budgets.complete(window, readSpent).finally(() => this.#completing.delete(id));
    const completing = { done, until: clock.monotonic() + readMs };
    this.#completing.set(id, completing);
    return completing;
  }

  /** False when the database cannot be read, or not soon: it is read to the end then, for the calls that come later. */
  async #isCompleted(asked: Asked): Promise<boolean> {
    const { clock } = this.#deps;
    const { done, until } = this.#complete(asked);
    const { promise: tooLate, resolve } = Promise.withResolvers<false>();
    const cancel = clock.after(Math.max(0, until - clock.monotonic()), () => resolve(false));
    try {
      return await Promise.race([done.then(() => true), tooLate]);
    } catch (error) {
      if (error instanceof StateUnavailable || error instanceof StateDamaged) throw error;
      return false;
    } finally {
      cancel();
    }
  }

  /** A call is rather let through than refused for a limit that nobody can count now; its stored call counts later. */
  #uncounted(windows: readonly BudgetWindow[]): Reservation {
    const settled = async () => this.#distrust(windows);
    return new LimitReservation({ hold: undefined, clock: this.#deps.clock, standings: [], settled });
  }

  #distrust(windows: readonly BudgetWindow[]): void {
    for (const window of windows) this.#wrong.set(idOf(window), window);
  }

  #unlessUnavailable(error: unknown): undefined {
    if (!(error instanceof StateUnavailable || error instanceof StateDamaged)) throw error;
    this.#restUntil = this.#deps.clock.monotonic() + restMs;
    return undefined;
  }

  async #standingsOf(asked: readonly Asked[]): Promise<readonly LimitStanding[]> {
    const found = await Promise.all(asked.map(({ ask }) => this.#deps.budgets.read(ask.window)));
    return asked.flatMap((one, index) => {
      const standing = found[index];
      return standing ? [toStanding(one, standing)] : [];
    });
  }
}

/** How limits stand by the stored calls alone: for when no relay runs, which would know what is held. */
export async function storedStandings(
  owner: Limited,
  { now, spentBefore, shared }: { readonly now: number; readonly spentBefore: ReadSpent; readonly shared?: Limited },
): Promise<readonly LimitStanding[]> {
  return await Promise.all(
    limitsOf(owner, shared).map(async (held) => {
      const asked = toLook(held, now);
      const before = await spentIn(asked, { now, spentBefore });
      const parts = before.map(({ at, amount }) => ({ endsAt: endOf(asked.ask.window, at), amount }));
      const spent = before.reduce((total, { amount }) => total + amount, 0);
      return toStanding(asked, { spent, held: 0, parts });
    }),
  );
}

function limitsOf(owner: Limited, shared: Limited | undefined): readonly HeldLimit[] {
  const own = owner.limits.map((limit) => ({ holder: owner, isShared: false, limit }));
  if (shared === undefined || shared.limits.length === 0) return own;
  return [...own, ...shared.limits.map((limit) => ({ holder: shared, isShared: true, limit }))];
}

function toAsked(held: HeldLimit, call: LimitedCall): Asked {
  const { limit } = held;
  const amounts = limit.mode === 'strict' ? call.most() : call.likely();
  const most = limit.mode === 'shadow' ? Number.POSITIVE_INFINITY : limit.amount;
  return { ...held, ask: { window: windowOf(held, call.at), limit: most, amount: amounts[limit.measure] } };
}

/** Of nothing more than what is spent. */
function toLook(held: HeldLimit, now: number): Asked {
  return { ...held, ask: { window: windowOf(held, now), limit: held.limit.amount, amount: 0 } };
}

function endOf({ span }: BudgetWindow, at: number): number | undefined {
  return span.kind === 'rolling' ? at + span.lengthMs + span.lengthMs / partsOfRolling : span.endsAt;
}

async function spentIn(
  { holder, isShared, limit, ask: { window } }: Asked,
  { now, spentBefore }: { readonly now: number; readonly spentBefore: ReadSpent },
): Promise<readonly SpentAt[]> {
  const { span } = window;
  const question =
    span.kind === 'rolling'
      ? { since: now - span.lengthMs, stepMs: span.lengthMs / partsOfRolling }
      : { since: span.startsAt };
  const before = await spentBefore({ ownerId: holder.id, isShared, ...question });
  return before.filter(({ model }) => isAbout(limit, model)).map((one) => ({ at: one.at, amount: one[limit.measure] }));
}

const unknown: Standing = { spent: 0, held: 0, parts: [] };

/** Only a shadow limit lets that happen. */
function isOver({ limit, spent, held }: LimitStanding): boolean {
  return limit.mode === 'shadow' && spent + held > limit.amount;
}

/** However the model is spelled: a context mark or a snapshot date makes no other family. */
function isAbout({ models = [] }: KeyLimit, model: string): boolean {
  return coversModel({ models }, model);
}

/** Windows of one name that begin at other times are others. */
function idOf({ name, span }: BudgetWindow): string {
  return span.kind === 'rolling' ? name : `${name} ${span.startsAt}`;
}

function windowOf({ holder, limit }: HeldLimit, at: number): BudgetWindow {
  const { window } = limit;
  const name = `${holder.id} ${limitName(limit)}`;
  if (window.kind === 'rolling') return { name, span: window };
  if (window.kind === 'total') return { name, span: { kind: 'period', startsAt: 0 } };
  return { name, span: { kind: 'period', ...periodAt(window, at) } };
}

function toStanding({ limit, isShared, ask }: Asked, standing: Standing): LimitStanding {
  const { spent, held } = standing;
  const stands = { limit, name: limitName(limit), spent, held, resetsAt: resetOf(limit, standing, ask) };
  return isShared ? { ...stands, isShared } : stands;
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
