import type { Clock } from '../domain/clock.ts';
import type { BatchCommands, Engine } from './engine.ts';
import type { Keys } from './keys.ts';
import { asCount, asCounts } from './replies.ts';
import type { BudgetAsk, BudgetHold, Budgets, BudgetWindow, Held, Standing } from './state.ts';

/**
 * What is spent is one hash for each window: the part of time to its sum; what is held is another: end time, rounded up to
 * an eighth of the lifetime, to its sum. So a hold that nobody renews stops counting by itself, and neither grows with the
 * number of calls. A mark in the first hash says that the spent sums are whole: it goes when the state is lost.
 */
const parts = 20;
const roundings = 8;
const dayMs = 86_400_000;
/** Parts of time are counted from the epoch, so no part is negative. */
const wholeMark = -1;

export function createBudgets(engine: Engine, keys: Keys, clock: Clock): Budgets {
  const places = (window: BudgetWindow) => placesOf(keys, window);
  return {
    async hold(asks, ttlMs) {
      const end = endOf(engine.time(), ttlMs);
      const held = asks.map((ask) => ({ ask, place: places(ask.window), amount: ask.amount }));
      const standings = await takeAll({ engine, clock, held }, end);
      const refusal = refusalOf(asks, standings);
      if (!refusal) {
        const hold = new LiveHold({ engine, clock, held, ttlMs }, end);
        return { kind: 'held', hold, standings: standings.filter((standing) => standing !== undefined) };
      }
      await giveBack(engine, held, end);
      return refusal;
    },
    async complete(window, spent) {
      const { spentKey, ttlMs } = places(window);
      const fields = spent.map(({ amount, at }): Change => [spentKey, partOf(window, at), amount]);
      const [mark] = await increments(engine, [[spentKey, wholeMark, 1], ...fields], ttlMs);
      // Somebody else was faster: theirs counts.
      if (asCount(mark) > 1) await increments(engine, [[spentKey, wholeMark, -1], ...fields.map(negated)], ttlMs);
    },
    async read(window) {
      const { spentKey, heldKey } = places(window);
      const [spent, held] = await engine.batch((commands) => {
        commands.hgetall(spentKey);
        commands.hgetall(heldKey);
      });
      return standingOf(window, { spent, held, engineNow: engine.time(), now: clock.now() });
    },
  };
}

interface Places {
  readonly spentKey: string;
  readonly heldKey: string;
  /** How long what is spent matters. */
  readonly ttlMs: number;
}

interface Holding {
  readonly ask: BudgetAsk;
  readonly place: Places;
  readonly amount: number;
}

interface HoldParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly held: readonly Holding[];
  readonly ttlMs: number;
}

class LiveHold implements BudgetHold {
  readonly #parts: HoldParts;
  #end: number;
  #isOver = false;

  constructor(holdParts: HoldParts, end: number) {
    this.#parts = holdParts;
    this.#end = end;
  }

  async renew(): Promise<void> {
    const { engine, held, ttlMs } = this.#parts;
    const before = this.#end;
    const next = endOf(engine.time(), ttlMs);
    if (this.#isOver || next === before) return;
    // Set at once: a settlement that comes while this is on its way must give back the new end.
    this.#end = next;
    const isStillCounted = engine.time() < before;
    const changes = held.flatMap(({ place, amount }): Change[] => [
      ...(isStillCounted ? [[place.heldKey, before, -amount] as const] : []),
      [place.heldKey, next, amount],
    ]);
    await increments(engine, changes, 2 * dayMs);
  }

  async settle(amounts: readonly number[], at: number): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const { engine, held } = this.#parts;
    const wholes = await engine.batch((commands) => {
      for (const { place } of held) commands.hgetall(place.spentKey);
    });
    // What was lost is made anew from what is stored, and that will have this call.
    const isWhole = wholes.map((fields) => asCounts(fields).some(([field]) => field === wholeMark));
    const isHeld = engine.time() < this.#end;
    await engine.batch((commands) => {
      for (const [index, { ask, place, amount }] of held.entries()) {
        const spent = amounts[index] ?? 0;
        if (isHeld) commands.hincrby(place.heldKey, String(this.#end), -amount);
        if (spent > 0 && isWhole[index]) commands.hincrby(place.spentKey, String(partOf(ask.window, at)), spent);
      }
    });
  }
}

type Change = readonly [key: string, field: number, amount: number];

function negated([key, field, amount]: Change): Change {
  return [key, field, -amount];
}

async function increments(engine: Engine, changes: readonly Change[], ttlMs: number): Promise<readonly unknown[]> {
  const names = new Set(changes.map(([key]) => key));
  for (const key of names) engine.expiring(key, ttlMs);
  const replies = await engine.batch((commands) => {
    for (const [key, field, amount] of changes) commands.hincrby(key, String(field), amount);
    for (const key of names) commands.pexpire(key, ttlMs);
  });
  return replies.slice(0, changes.length);
}

/** Takes every amount at once and answers how each window stands with it. */
async function takeAll(
  { engine, clock, held }: Omit<HoldParts, 'ttlMs'>,
  end: number,
): Promise<readonly (Standing | undefined)[]> {
  for (const { place } of held) engine.expiring(place.heldKey, 2 * dayMs);
  const replies = await engine.batch((commands) => {
    for (const { place, amount } of held) take(commands, place, { end, amount });
  });
  const now = clock.now();
  const engineNow = engine.time();
  return held.map(({ ask }, index) => {
    const [heldFields, spent] = [replies[index * commandsEach + 2], replies[index * commandsEach + 3]];
    return standingOf(ask.window, { spent, held: heldFields, engineNow, now });
  });
}

const commandsEach = 4;

function take(
  commands: BatchCommands,
  { heldKey, spentKey }: Places,
  { end, amount }: { readonly end: number; readonly amount: number },
): void {
  commands.hincrby(heldKey, String(end), amount);
  commands.pexpire(heldKey, 2 * dayMs);
  commands.hgetall(heldKey);
  commands.hgetall(spentKey);
}

async function giveBack(engine: Engine, held: readonly Holding[], end: number): Promise<void> {
  await increments(
    engine,
    held.map(({ place, amount }) => [place.heldKey, end, -amount] as const),
    2 * dayMs,
  );
}

/** Windows that are not whole come first: nobody is refused by a sum that was lost. */
function refusalOf(asks: readonly BudgetAsk[], standings: readonly (Standing | undefined)[]): Held | undefined {
  const unknown = asks.filter((_, index) => standings[index] === undefined).map(({ window }) => window);
  if (unknown.length > 0) return { kind: 'incomplete', windows: unknown };
  for (const [index, { limit, amount }] of asks.entries()) {
    const standing = standings[index];
    if (!standing || standing.spent + standing.held <= limit) continue;
    return { kind: 'refused', index, standing: { ...standing, held: standing.held - amount } };
  }
  return undefined;
}

interface Replies {
  readonly spent: unknown;
  readonly held: unknown;
  readonly engineNow: number;
  readonly now: number;
}

/** Undefined when what was spent is not known. */
function standingOf(window: BudgetWindow, { spent, held, engineNow, now }: Replies): Standing | undefined {
  const counts = asCounts(spent);
  if (!counts.some(([field]) => field === wholeMark)) return undefined;
  const inside = counts.filter(([part]) => part !== wholeMark && isInside(window, part, now));
  const heldNow = asCounts(held).reduce((total, [end, sum]) => (end > engineNow ? total + Math.max(0, sum) : total), 0);
  return {
    spent: Math.max(
      0,
      inside.reduce((total, [, sum]) => total + sum, 0),
    ),
    held: heldNow,
    parts: inside.map(([part, amount]) => ({ endsAt: partEnd(window, part), amount })),
  };
}

function placesOf(keys: Keys, { name, span }: BudgetWindow): Places {
  const id = span.kind === 'rolling' ? `rolling:${span.lengthMs}` : `from:${span.startsAt}`;
  const ttlMs = span.kind === 'rolling' ? Math.ceil((span.lengthMs * (parts + 1)) / parts) : ttlOf(span);
  return { spentKey: keys.spent(id, name), heldKey: keys.held(id, name), ttlMs };
}

/** A window without an end is kept for a year after the last look: it can be made anew at any time. */
function ttlOf({ startsAt, endsAt }: Extract<BudgetWindow['span'], { readonly kind: 'period' }>): number {
  return endsAt === undefined ? 366 * dayMs : endsAt - startsAt + dayMs;
}

function partOf({ span }: BudgetWindow, at: number): number {
  return span.kind === 'rolling' ? Math.floor((at * parts) / span.lengthMs) : 0;
}

function partEnd({ span }: BudgetWindow, part: number): number | undefined {
  if (span.kind === 'period') return span.endsAt;
  return ((part + parts + 1) * span.lengthMs) / parts;
}

/** A part leaves a rolling window as a whole: the sum is never too low, and an amount stays up to a twentieth longer. */
function isInside(window: BudgetWindow, part: number, now: number): boolean {
  if (window.span.kind === 'period') return true;
  const current = partOf(window, now);
  return part >= current - parts && part <= current + parts;
}

function endOf(now: number, ttlMs: number): number {
  const step = Math.max(1, Math.floor(ttlMs / roundings));
  return Math.ceil((now + ttlMs) / step) * step;
}
