import { systemClock } from '../../app/domain/clock.ts';
import type { ApiKey } from '../../app/keys/key.ts';
import type { KeyLimit, LimitMeasure } from '../../app/keys/limit.ts';
import { Limiter } from '../../app/keys/limiter.ts';
import { openState } from '../../app/state/open.ts';
import type { Measured } from './figures.ts';
import { Samples } from './statistics.ts';

const warmUp = 5_000;
const calls = 20_000;
const limitCounts = [1, 4] as const;

const plenty = 1e15;
const likely = { requests: 1, tokens: 4_000, cost: 12_000_000 };
const spent = { requests: 1, tokens: 3_217, cost: 9_876_543 };

const limits: readonly KeyLimit[] = [
  { ...limit('cost'), window: { kind: 'calendar', unit: 'day', timeZone: 'Europe/Berlin' } },
  { ...limit('requests'), window: { kind: 'rolling', lengthMs: 60_000 } },
  { ...limit('tokens'), window: { kind: 'rolling', lengthMs: 18_000_000 } },
  { ...limit('cost'), window: { kind: 'total' } },
];

/** Milliseconds for one call to be held against the limits of its key and settled, on the embedded engine. */
export async function measureAdmission(): Promise<Measured> {
  const state = await openState({ engine: 'embedded' });
  const limiter = new Limiter({
    budgets: state.budgets,
    clock: systemClock,
    spentBefore: async () => [],
    report: () => undefined,
  });
  const figures: Record<string, number> = {};
  for (const count of limitCounts) {
    const { p50, p99 } = await measure(limiter, keyWith(limits.slice(0, count)));
    figures[`p50of${count}`] = p50;
    figures[`p99of${count}`] = p99;
  }
  await state.close();
  return figures;
}

async function measure(limiter: Limiter, key: ApiKey): Promise<ReturnType<Samples['latency']>> {
  const samples = new Samples();
  for (let call = 0; call < warmUp + calls; call += 1) {
    const before = performance.now();
    const reservation = await limiter.reserve(key, {
      ...{ model: 'claude-sonnet-4-5', at: Date.now() },
      ...{ likely: () => likely, most: () => likely },
    });
    reservation?.spend(spent);
    await reservation?.[Symbol.asyncDispose]();
    if (call >= warmUp) samples.add(performance.now() - before);
    // Calls come from sockets: timers and the collector have their turn between them.
    if (call % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return samples.latency();
}

function limit(measure: LimitMeasure): Pick<KeyLimit, 'measure' | 'amount' | 'mode'> {
  return { measure, amount: plenty, mode: 'smooth' };
}

function keyWith(keyLimits: readonly KeyLimit[]): ApiKey {
  return {
    ...{ id: `key_${keyLimits.length}`, name: 'bench', prefix: 'bench', isImported: false, isEnabled: true },
    ...{ tags: [], models: [], deniedModels: [], services: [], clients: [], addresses: [] },
    ...{ limits: keyLimits, createdAt: 0, updatedAt: 0 },
  };
}
