import { randomInt } from 'node:crypto';
import { dayMs, endOf, type Places, partOf, readSums } from './budget-sums.ts';
import type { BatchCommands, Engine } from './engine.ts';
import type { BudgetAsk, BudgetHold } from './state.ts';

export interface Holding {
  readonly ask: BudgetAsk;
  readonly place: Places;
}

/** What was taken, and which sums it was compared with. */
export interface Taken extends Holding {
  readonly generation: number;
}

interface HoldParts {
  readonly engine: Engine;
  readonly taken: readonly Taken[];
  readonly ttlMs: number;
}

export class LiveHold implements BudgetHold {
  readonly #parts: HoldParts;
  #end: number;
  #isOver = false;

  constructor(holdParts: HoldParts, end: number) {
    this.#parts = holdParts;
    this.#end = end;
  }

  async renew(): Promise<void> {
    const { engine, taken, ttlMs } = this.#parts;
    const before = this.#end;
    const next = endOf(engine.time(), ttlMs);
    if (this.#isOver || next === before) return;
    // Set at once: a settlement that comes while this is on its way must give back the new end.
    this.#end = next;
    const isStillCounted = engine.time() < before;
    const changes = taken.flatMap(({ place, ask }): Change[] => [
      ...(isStillCounted ? [[place.heldKey, before, -ask.amount] as const] : []),
      [place.heldKey, next, ask.amount],
    ]);
    await increments(engine, changes, 2 * dayMs);
  }

  async settle(amounts: readonly number[], at: number): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const { engine, taken } = this.#parts;
    const end = engine.time() < this.#end ? this.#end : undefined;
    const spends = taken
      .map((one, index) => ({ ...one, part: partOf(one.ask.window, at), amount: amounts[index] ?? 0 }))
      .filter(({ amount }) => amount > 0);
    for (const { place } of spends) engine.expiring(place.spentKey, place.ttlMs);
    const replies = await engine.batch((commands) => {
      for (const { place, ask } of end === undefined ? [] : taken)
        commands.hincrby(place.heldKey, String(end), -ask.amount);
      for (const { place, part, amount } of spends) {
        commands.hincrby(place.spentKey, String(part), amount);
        commands.pexpire(place.spentKey, place.ttlMs);
        moveFence(commands, engine, place);
      }
      for (const { place } of spends) commands.hgetall(place.spentKey);
    });
    const seen = replies.slice(replies.length - spends.length).map(readSums);
    for (const [index, { place, generation }] of spends.entries()) {
      // They were lost since the hold, or made anew and may have this call already: what is stored has it once.
      if (seen[index]?.generation !== generation) await forget(engine, place);
    }
  }
}

/** What was spent is not known any more, also not to who is reading it just now. */
export async function forget(engine: Engine, place: Places): Promise<void> {
  await engine.batch((commands) => {
    commands.del(place.spentKey);
    moveFence(commands, engine, place);
  });
}

/** The same because of holds that ended by themselves; whoever else does it too does no harm. */
export async function forgetAbandoned(
  engine: Engine,
  place: Places,
  abandoned: readonly (readonly [end: number, sum: number])[],
): Promise<void> {
  await engine.batch((commands) => {
    for (const [end, sum] of abandoned) commands.hincrby(place.heldKey, String(end), -sum);
    commands.del(place.spentKey);
    moveFence(commands, engine, place);
  });
}

/** Longer than anybody reads stored calls. */
export const fenceMs = 120_000;

export function moveFence(commands: BatchCommands, engine: Engine, { fenceKey }: Places): void {
  engine.expiring(fenceKey, fenceMs);
  commands.psetex(fenceKey, fenceMs, newFence());
}

export function newFence(): string {
  return String(randomInt(maxDrawn));
}

export const maxDrawn = 2 ** 47;

export type Change = readonly [key: string, field: number, amount: number];

export async function increments(engine: Engine, changes: readonly Change[], ttlMs: number): Promise<void> {
  const names = new Set(changes.map(([key]) => key));
  for (const key of names) engine.expiring(key, ttlMs);
  await engine.batch((commands) => {
    for (const [key, field, amount] of changes) commands.hincrby(key, String(field), amount);
    for (const key of names) commands.pexpire(key, ttlMs);
  });
}
