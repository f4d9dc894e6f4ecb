import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApiKey, Plan } from './key.ts';
import { type KeyLimit, limitName } from './limit.ts';
import { parseLimit } from './limit-text.ts';
import { inForce } from './plan.ts';

const nothing = { models: [], deniedModels: [], services: [], clients: [], limits: [] };
const plan: Plan = { id: 'pln_one', name: 'Guest', ...nothing, createdAt: 1, updatedAt: 1 };
const key: ApiKey = {
  ...{ id: 'key_one', name: 'laptop', prefix: 'abcdefgh', isImported: false, tags: [], isEnabled: true },
  ...{ ...nothing, addresses: [], planId: plan.id, plan, createdAt: 1, updatedAt: 1 },
};
const limits = (...texts: string[]) => texts.map((text) => parseLimit(text, 'UTC'));

describe('a key on a plan', () => {
  test('its own limit takes the place of the one of the same name, and the others of the plan hold too', () => {
    const planned = limits('cost=5usd/day', 'requests=10/minute', 'cost:claude-opus-*=1usd/day');
    const own = limits('cost=20usd/day,strict', 'tokens=1m/day');
    const merged = inForce({ ...key, limits: own, plan: { ...plan, limits: planned } });
    expect(merged.limits).toEqual([...own, ...planned.slice(1)]);
  });

  test('its own lists and number of calls go before the plan’s, and what either denies is denied', () => {
    const planned = { models: ['claude-*'], deniedModels: ['*-opus-*'], maxConcurrent: 2 };
    const full: Plan = { ...plan, ...planned, services: ['anthropic'], clients: ['codex'] };
    expect(inForce({ ...key, plan: full })).toMatchObject({ ...planned, services: ['anthropic'], clients: ['codex'] });
    const own = {
      models: ['gpt-*'],
      maxConcurrent: 9,
      services: ['openai' as const],
      clients: ['claude-code' as const],
    };
    expect(inForce({ ...key, ...own, deniedModels: ['gpt-6'], plan: full })).toMatchObject({
      ...own,
      deniedModels: ['gpt-6', '*-opus-*'],
    });
  });

  test('without a plan it is as it is, and with one that is gone it is refused', () => {
    const free = { ...key, planId: undefined, plan: undefined };
    expect(inForce(free)).toEqual(free);
    expect(inForce({ ...key, plan: undefined }).isEnabled).toBe(false);
  });

  const anyLimit: fc.Arbitrary<KeyLimit> = fc.record({
    measure: fc.constantFrom('requests', 'tokens', 'cost'),
    amount: fc.integer({ min: 1, max: 1_000 }),
    window: fc.constantFrom<KeyLimit['window']>(
      { kind: 'total' },
      { kind: 'rolling', lengthMs: 60_000 },
      { kind: 'calendar', unit: 'day', timeZone: 'UTC' },
    ),
    models: fc.constantFrom(undefined, ['claude-*']),
    mode: fc.constantFrom('strict', 'smooth', 'shadow'),
  });
  const anyLimits = fc.uniqueArray(anyLimit, { selector: limitName });

  test('whatever both say, each name holds once: the key’s own if it has one, the plan’s otherwise', () => {
    fc.assert(
      fc.property(anyLimits, anyLimits, (own, planned) => {
        const merged = inForce({ ...key, limits: own, plan: { ...plan, limits: planned } }).limits;
        const expected = new Map([...planned, ...own].map((limit) => [limitName(limit), limit]));
        expect(merged).toHaveLength(expected.size);
        expect(new Map(merged.map((limit) => [limitName(limit), limit]))).toEqual(expected);
      }),
    );
  });
});
