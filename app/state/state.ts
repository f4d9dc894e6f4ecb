/** Live state: fast, shared between nodes when a real Redis is configured, and allowed to be lost. */
export interface State {
  readonly windows: Windows;
  readonly leases: Leases;
  readonly locks: Locks;
  readonly marks: Marks;
  readonly budgets: Budgets;
  close(): Promise<void>;
}

/** A count over time. `rolling` never lets two full windows meet at an edge. */
export interface WindowSpec {
  readonly kind: 'fixed' | 'rolling';
  readonly lengthMs: number;
}

/** A change of what was counted earlier. */
export interface Correction {
  /** Added to the count; negative gives back. */
  readonly amount: number;
  /** When the amount it corrects was added, by the wall clock. */
  readonly at: number;
}

/** Amounts are whole numbers; a total stays below 2^53. */
export interface Windows {
  /** Adds `amount` and answers the window's total after it. */
  add(name: string, spec: WindowSpec, amount: number): Promise<number>;
  /** Changes the count of an earlier moment and answers today's total; a moment outside the window changes nothing. */
  correct(name: string, spec: WindowSpec, correction: Correction): Promise<number>;
  read(name: string, spec: WindowSpec): Promise<number>;
}

/** A stretch of time over which something is spent. */
export interface BudgetWindow {
  readonly name: string;
  readonly span:
    | { readonly kind: 'rolling'; readonly lengthMs: number }
    /** Epoch milliseconds; without an end it is for good. */
    | { readonly kind: 'period'; readonly startsAt: number; readonly endsAt?: number | undefined };
}

/** Amounts are whole numbers below 2^53. */
export interface BudgetAsk {
  readonly window: BudgetWindow;
  /** What may be spent at most; `Infinity` only counts. */
  readonly limit: number;
  readonly amount: number;
}

/** How a window stands. */
export interface Standing {
  readonly spent: number;
  /** By calls that are on their way. */
  readonly held: number;
  /** What is spent by the time at which it stops counting, oldest first. */
  readonly parts: readonly { readonly endsAt: number | undefined; readonly amount: number }[];
}

export interface SpentAt {
  readonly amount: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Amounts that are held for a call until it is known what it spent. */
export interface BudgetHold {
  /** Prolongs it. */
  renew(): Promise<void>;
  /**
   * Ends it: `amounts` were spent instead, in the order of the asks. They must be stored by now where `complete` reads, for
   * sums that are made anew have them from there. Calling it again does nothing.
   */
  settle(amounts: readonly number[], at: number): Promise<void>;
}

export type Held =
  /** `standings` are with it, in the order of the asks. */
  | { readonly kind: 'held'; readonly hold: BudgetHold; readonly standings: readonly Standing[] }
  /** Nothing is held: the ask at `index` would go above its limit. `standing` is without it. */
  | { readonly kind: 'refused'; readonly index: number; readonly standing: Standing }
  /** Nothing is held: what was spent in these windows is not known here. `complete` them and ask again. */
  | { readonly kind: 'incomplete'; readonly windows: readonly BudgetWindow[] };

/** What may still be spent: sums that never go above a limit, however many ask at once. */
export interface Budgets {
  /** Holds all amounts, or none. A hold that is not renewed ends after `ttlMs`. */
  hold(asks: readonly BudgetAsk[], ttlMs: number): Promise<Held>;
  /** Asks what was spent so far, when it is not known; does nothing when it is. */
  complete(window: BudgetWindow, readSpent: () => Promise<readonly SpentAt[]>): Promise<void>;
  /** What was spent is not known any more: whoever holds next has to `complete` it. What is held stays. */
  forget(window: BudgetWindow): Promise<void>;
  /** Undefined when it is not known. */
  read(window: BudgetWindow): Promise<Standing | undefined>;
}

export interface Lease {
  /** Prolongs it; false when it had already expired. */
  renew(): Promise<boolean>;
  /** Gives it back. Calling it again does nothing. */
  release(): Promise<void>;
}

/** Bounded concurrency: at most `limit` live leases of a name; one that is not renewed expires. */
export interface Leases {
  acquire(name: string, limit: number, ttlMs: number): Promise<Lease | undefined>;
  count(name: string): Promise<number>;
}

export interface Locks {
  /** Runs `work` when nobody else holds `name`; undefined when somebody does. Freed after `ttlMs` at the latest. */
  tryRun<T>(name: string, ttlMs: number, work: () => Promise<T>): Promise<{ readonly value: T } | undefined>;
}

export interface MarkChange {
  /** Undefined means: only when absent. */
  readonly expected: string | undefined;
  readonly value: string;
  readonly ttlMs: number;
}

/** A value with a lifetime. */
export interface Marks {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string, ttlMs: number): Promise<void>;
  /** True when it was set. */
  compareAndSet(name: string, change: MarkChange): Promise<boolean>;
  delete(name: string): Promise<void>;
}

/** The configured Redis cannot be used. The message says what to do. */
export class StateUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StateUnavailable';
  }
}

/** A key holds what does not belong there: somebody else writes to the same Redis. */
export class StateDamaged extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StateDamaged';
  }
}
