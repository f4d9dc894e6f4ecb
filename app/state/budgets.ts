import { randomInt } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import {
  type Change,
  fenceMs,
  forget,
  forgetAbandoned,
  type Holding,
  increments,
  LiveHold,
  maxDrawn,
  moveFence,
  newFence,
} from './budget-hold.ts';
import {
  abandonedOf,
  dayMs,
  endOf,
  generationField,
  type Places,
  partOf,
  placesOf,
  readSums,
  type Stale,
  type Sums,
  staleOf,
  standingOf,
} from './budget-sums.ts';
import type { BatchCommands, Engine } from './engine.ts';
import type { Keys } from './keys.ts';
import { orRepaired, repair } from './repair.ts';
import { type BudgetAsk, type Budgets, type Held, type SpentAt, type Standing, StateDamaged } from './state.ts';

/** So often a refusal is looked at again, and sums are read again. */
const maxRounds = 5;

export function createBudgets(engine: Engine, keys: Keys, clock: Clock): Budgets {
  const look = { engine, clock };
  const toHolding = (ask: BudgetAsk): Holding => ({ ask, place: placesOf(keys, ask.window) });
  return {
    hold: (asks, ttlMs) => hold(look, asks.map(toHolding), ttlMs),
    async complete(window, readSpent) {
      const { place } = toHolding({ window, limit: 0, amount: 0 });
      const toChange = ({ at, amount }: SpentAt): Change => [place.spentKey, partOf(window, at), amount];
      const read = async () => (await readSpent()).map(toChange);
      for (let round = 1; round <= maxRounds; round += 1) if (await completeOnce(engine, place, read)) return;
    },
    async forget(window) {
      await forget(engine, placesOf(keys, window));
    },
    async read(window) {
      const holding = toHolding({ window, limit: 0, amount: 0 });
      const [seen] = await orRepaired(engine, namesOf([holding]), () => readAll(look, [holding]));
      return seen?.standing;
    },
  };
}

interface Look {
  readonly engine: Engine;
  readonly clock: Clock;
}

/** How a window was found. */
interface Seen {
  readonly sums: Sums;
  readonly standing: Standing | undefined;
  readonly stale: Stale;
}

async function hold(look: Look, holdings: readonly Holding[], ttlMs: number): Promise<Held> {
  const { engine } = look;
  for (let round = 1; ; round += 1) {
    const end = endOf(engine.time(), ttlMs);
    const seen = await takeRepaired(look, holdings, end);
    const refusal = refusalOf(holdings, seen);
    if (!refusal) return held({ engine, ttlMs, end }, holdings, seen);
    await giveBack(engine, holdings, end);
    // Others that were refused may have been in the way for a moment.
    if (refusal.kind === 'incomplete' || round === maxRounds || !(await fitsNow(look, holdings))) return refusal;
  }
}

function held(
  { engine, ttlMs, end }: { readonly engine: Engine; readonly ttlMs: number; readonly end: number },
  holdings: readonly Holding[],
  seen: readonly Seen[],
): Held {
  const taken = holdings.map((one, index) => ({ ...one, generation: seen[index]?.sums.generation ?? 0 }));
  const standings = seen.map(({ standing }) => standing).filter((standing) => standing !== undefined);
  return { kind: 'held', hold: new LiveHold({ engine, taken, ttlMs }, end), standings };
}

async function takeRepaired(look: Look, holdings: readonly Holding[], end: number): Promise<readonly Seen[]> {
  try {
    return await takeAll(look, holdings, end);
  } catch (error) {
    if (!(error instanceof StateDamaged)) throw error;
    const damaged = await repair(look.engine, namesOf(holdings));
    // The others have what was taken just now.
    await giveBack(
      look.engine,
      holdings.filter(({ place }) => !damaged.has(place.heldKey)),
      end,
    );
    return await takeAll(look, holdings, end);
  }
}

/** Takes every amount at once and answers how each window stands with it. */
async function takeAll(look: Look, holdings: readonly Holding[], end: number): Promise<readonly Seen[]> {
  const { engine } = look;
  for (const { place } of holdings) engine.expiring(place.heldKey, 2 * dayMs);
  const seen = await readAll(look, holdings, (commands) => {
    for (const { place, ask } of holdings) {
      commands.hincrby(place.heldKey, String(end), ask.amount);
      commands.pexpire(place.heldKey, 2 * dayMs);
    }
  });
  for (const [index, { place }] of holdings.entries()) await sweep(engine, place, seen[index]?.stale);
  return seen;
}

async function readAll(
  { engine, clock }: Look,
  holdings: readonly Holding[],
  before: (commands: BatchCommands) => void = () => undefined,
): Promise<readonly Seen[]> {
  const replies = await engine.batch((commands) => {
    before(commands);
    for (const { place } of holdings) {
      commands.hgetall(place.heldKey);
      commands.hgetall(place.spentKey);
    }
  });
  const first = replies.length - 2 * holdings.length;
  const [engineNow, now] = [engine.time(), clock.now()];
  return await Promise.all(
    holdings.map(async ({ ask, place }, index) => {
      const [heldReply, spentReply] = replies.slice(first + 2 * index);
      const found = { sums: readSums(spentReply), held: heldReply, engineNow, now };
      const abandoned = abandonedOf(found);
      // A node may have died between storing a call and telling it: what is stored is asked again.
      if (abandoned.length > 0) await forgetAbandoned(engine, place, abandoned);
      const standing = abandoned.length > 0 ? undefined : standingOf(ask.window, found);
      return { sums: found.sums, standing, stale: staleOf(ask.window, found) };
    }),
  );
}

/** What is not swept now is swept later. */
async function sweep(engine: Engine, { spentKey, heldKey }: Places, stale: Stale | undefined): Promise<void> {
  if (stale && stale.held.length > 0) await engine.redis.hdel(heldKey, ...stale.held).catch(() => 0);
  if (stale && stale.spent.length > 0) await engine.redis.hdel(spentKey, ...stale.spent).catch(() => 0);
}

async function giveBack(engine: Engine, holdings: readonly Holding[], end: number): Promise<void> {
  const changes = holdings.map(({ place, ask }) => [place.heldKey, end, -ask.amount] as const);
  await increments(engine, changes, 2 * dayMs);
}

async function fitsNow(look: Look, holdings: readonly Holding[]): Promise<boolean> {
  const seen = await readAll(look, holdings);
  return holdings.every(({ ask }, index) => {
    const standing = seen[index]?.standing;
    return !standing || standing.spent + standing.held + ask.amount <= ask.limit;
  });
}

/** Windows that are not whole come first: nobody is refused by a sum that was lost. */
function refusalOf(
  holdings: readonly Holding[],
  seen: readonly Seen[],
): Exclude<Held, { readonly kind: 'held' }> | undefined {
  const unknown = holdings.filter((_, index) => seen[index]?.standing === undefined).map(({ ask }) => ask.window);
  if (unknown.length > 0) return { kind: 'incomplete', windows: unknown };
  for (const [index, { ask }] of holdings.entries()) {
    const standing = seen[index]?.standing;
    if (!standing || standing.spent + standing.held <= ask.limit) continue;
    return { kind: 'refused', index, standing: { ...standing, held: standing.held - ask.amount } };
  }
  return undefined;
}

/** False when a call settled meanwhile, which may be in what was read or not, or when somebody else was faster. */
async function completeOnce(
  engine: Engine,
  place: Places,
  readSpent: () => Promise<readonly Change[]>,
): Promise<boolean> {
  const { spentKey, fenceKey, ttlMs } = place;
  const before = await orRepaired(engine, [spentKey], async () => readSums(await engine.redis.hgetall(spentKey)));
  if (before.generation !== undefined) return true;
  const fence = await fenceOf(engine, fenceKey);
  const spent = await readSpent();
  engine.expiring(spentKey, ttlMs);
  return await engine.batchIf(fenceKey, fence, (commands) => {
    commands.del(spentKey);
    commands.hincrby(spentKey, String(generationField), randomInt(1, maxDrawn));
    for (const [key, field, amount] of spent) commands.hincrby(key, String(field), amount);
    commands.pexpire(spentKey, ttlMs);
    moveFence(commands, engine, place);
  });
}

/** Everybody who reads at the same time has the same one, so that the first to be ready stops the others. */
async function fenceOf(engine: Engine, fenceKey: string): Promise<string> {
  const own = newFence();
  engine.expiring(fenceKey, fenceMs);
  if ((await engine.redis.set(fenceKey, own, 'PX', fenceMs, 'NX')) === 'OK') return own;
  try {
    return (await engine.redis.get(fenceKey)) ?? own;
  } catch (error) {
    if (!(error instanceof StateDamaged)) throw error;
    await engine.redis.set(fenceKey, own, 'PX', fenceMs);
    return own;
  }
}

function namesOf(holdings: readonly Holding[]): readonly string[] {
  return holdings.flatMap(({ place }) => [place.heldKey, place.spentKey]);
}
