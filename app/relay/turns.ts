import type { AccountView } from '../accounts/view.ts';
import type { Turn, Wish } from '../accounts/wait-queue.ts';
import type { Clock } from '../domain/clock.ts';
import type { Plan, SkipReason, WaitAdvice } from '../scheduler/plan.ts';
import type { Planned } from './call.ts';
import { maxAttemptsMs } from './policy.ts';
import type { Waited } from './waited.ts';

export interface TurnDeps {
  readonly clock: Clock;
  /** Begins a call on the account; false when something is in its way. What was taken is given back. */
  take(accountId: string, upstreamModel: string): boolean | Promise<boolean>;
  give(accountId: string): void;
  waitForAccount(wish: Wish): Promise<Turn>;
  /** Where a call of this key would stand in the queue. */
  queuePosition(keyId: string): number;
  findView(accountId: string): AccountView | undefined;
  /** The plan as it would be made now. */
  replan(call: Planned): Plan;
}

/** An account whose place is taken. */
export interface Taken {
  readonly view: AccountView;
  readonly waitedMs: number;
}

const obstacles: ReadonlySet<SkipReason> = new Set(['busy', 'probing', 'ramping']);
/** Places are taken by others between a look and a grasp; that does not go on for ever. */
const maxLooks = 4;

/** Who is next within one call: in the plan's order, after a wait where the plan advises one. */
export class Turns {
  readonly waits: Waited[] = [];
  readonly #deps: TurnDeps;
  readonly #call: Planned;
  readonly #tried = new Set<string>();
  readonly #startedAt: number;
  #plan: Plan;
  #waitedMs = 0;

  constructor(deps: TurnDeps, call: Planned) {
    this.#deps = deps;
    this.#call = call;
    this.#plan = call.plan;
    this.#startedAt = deps.clock.monotonic();
  }

  /** Accounts that the call may still go to, as far as it was planned. */
  get isLast(): boolean {
    return this.#plan.candidates.every(({ account }) => this.#tried.has(account.id));
  }

  /** It said when it can be asked again: should the call still be here then, it may be. */
  mayReturn({ account }: AccountView): void {
    this.#tried.delete(account.id);
    // By the plan of before its limit it would be next at once.
    this.#plan = this.#deps.replan(this.#call);
  }

  /** Undefined when there is nobody, or nobody in time. */
  async next(): Promise<Taken | undefined> {
    this.#waitedMs = 0;
    for (let look = 0; look < maxLooks && !this.#call.signal.aborted; look += 1) {
      const { wait } = this.#plan;
      const view = wait?.reason === 'sticky' ? await this.#awaited(wait) : undefined;
      const free = view ?? this.#takeFree();
      const taken = free instanceof Promise ? await free : free;
      if (taken) return this.#took(taken);
      const found = await this.#lookAgain();
      if (found === 'nobody') return undefined;
      if (found !== 'again') return this.#took(found);
    }
    return undefined;
  }

  /** Another account that is free now, for a try beside the one that is on its way. */
  async beside(): Promise<AccountView | undefined> {
    this.#plan = this.#deps.replan(this.#call);
    const view = await this.#takeFree();
    if (view) this.#tried.add(view.account.id);
    return view;
  }

  /** At once, except where nodes share an account's places. */
  #takeFree(from = 0): AccountView | undefined | Promise<AccountView | undefined> {
    const { route, model } = this.#call;
    const { candidates } = this.#plan;
    for (let index = from; index < candidates.length; index += 1) {
      const view = candidates[index];
      if (!view || this.#tried.has(view.account.id)) continue;
      const isTaken = this.#deps.take(view.account.id, view.upstreamModel(model, route) ?? '');
      const isHeld = isTaken === true ? this.#hold(view) : isTaken;
      if (isHeld === true) return view;
      if (!isHeld) continue;
      const isMine = isTaken === true ? isHeld : isHeld.then((isFree) => isFree && this.#hold(view));
      return isMine.then((isOurs) => (isOurs ? view : this.#takeFree(index + 1)));
    }
    return undefined;
  }

  /** With its place a call needs room in the account's caps; without that it gives the place back. */
  #hold(view: AccountView): boolean | Promise<boolean> {
    const isHeld = this.#call.holds.take(view);
    if (isHeld === true) return true;
    const orGive = (isMine: boolean) => {
      if (!isMine) this.#deps.give(view.account.id);
      return isMine;
    };
    return isHeld === false ? orGive(false) : isHeld.then(orGive);
  }

  #took(view: AccountView): Taken {
    this.#tried.add(view.account.id);
    return { view, waitedMs: this.#waitedMs };
  }

  async #lookAgain(): Promise<AccountView | 'again' | 'nobody'> {
    this.#plan = this.#deps.replan(this.#call);
    const { wait } = this.#plan;
    if (!this.isLast) return 'again';
    if (!wait) return 'nobody';
    const view = await this.#awaited(wait);
    if (view) return view;
    // One may have come back meanwhile: it is free now, or it is worth waiting for longer than its limit was.
    const isWorthMore = (this.#plan.wait?.maxMs ?? 0) > wait.maxMs;
    const mayGoOn = this.waits.at(-1)?.ended === 'account' || !this.isLast || isWorthMore;
    return this.#leftMs() > 0 && mayGoOn ? 'again' : 'nobody';
  }

  /** Waits for one of the advised accounts; it may have become unfit for this very call meanwhile. */
  async #awaited({ accounts, maxMs, reason }: WaitAdvice): Promise<AccountView | undefined> {
    const { keyId, signal } = this.#call;
    const wanted = accounts.filter(({ id }) => !this.#tried.has(id));
    const patienceMs = Math.min(maxMs, this.#leftMs());
    if (wanted.length === 0 || patienceMs <= 0) return undefined;
    const position = this.#deps.queuePosition(keyId);
    const began = this.#deps.clock.monotonic();
    const turn = await this.#deps.waitForAccount({ keyId, accounts: wanted, maxMs: patienceMs, signal });
    const ms = Math.round(this.#deps.clock.monotonic() - began);
    this.#waitedMs += ms;
    this.waits.push({ reason, accountIds: wanted.map(({ id }) => id), position, ms, ended: turn.kind });
    this.#plan = this.#deps.replan(this.#call);
    if (turn.kind !== 'account') return undefined;
    const view = this.#deps.findView(turn.accountId);
    if (view && this.#isFit(turn.accountId)) return (await this.#hold(view)) ? view : undefined;
    this.#deps.give(turn.accountId);
    return undefined;
  }

  /** Its own place is in its way now, which is no reason. */
  #isFit(accountId: string): boolean {
    const verdict = this.#plan.explanation.verdicts.find((one) => one.accountId === accountId);
    return verdict !== undefined && (verdict.skipped === undefined || obstacles.has(verdict.skipped));
  }

  #leftMs(): number {
    return maxAttemptsMs - (this.#deps.clock.monotonic() - this.#startedAt);
  }
}
