import { expect, test } from 'vitest';
import { dayOf } from '../../i18n/local-time.ts';
import { emptyKey, endOfDay, type Key, newKeyOf, patchOf, valuesOf } from './key-values.ts';

const key: Key = {
  ...{
    id: 'key_1',
    name: 'laptop',
    prefix: 'abcd1234',
    isImported: false,
    isEnabled: true,
    createdAt: 1,
    updatedAt: 2,
  },
  ...{ memberId: 'mem_1', planId: 'pln_1', owner: 'Ada', tags: ['a', 'b'], note: 'first desk', accountId: 'acc_1' },
  ...{ models: ['claude-*'], deniedModels: ['*-opus-*'], services: ['anthropic'], clients: ['codex'], isOwn: false },
  ...{ addresses: ['10.0.0.0/8'], expiresAt: 1_900_000_000_123, lifetimeMs: 86_400_000, maxConcurrent: 3 },
  limits: [{ measure: 'requests', amount: 9, window: { kind: 'total' }, mode: 'strict' }],
};

test('what nobody changed in the form stays to the millisecond', () => {
  const patch = patchOf(valuesOf(key), key);
  const { id: _i, prefix: _p, isImported: _m, isEnabled: _e, createdAt: _c, updatedAt: _u, ...rest } = key;
  const { expiresAt: _x, lifetimeMs: _l, ...shown } = rest;
  expect(patch).toEqual({ ...shown, groupId: null, multiplier: null });
});

test('what is emptied is taken away', () => {
  expect(patchOf({ ...emptyKey, name: 'laptop' }, key)).toEqual({
    multiplier: null,
    ...{ name: 'laptop', memberId: null, planId: null, owner: null, note: null, expiresAt: null, lifetimeMs: null },
    ...{ maxConcurrent: null, accountId: null, groupId: null, isOwn: null },
    ...{ tags: [], models: [], deniedModels: [], addresses: [], services: [], clients: [], limits: [] },
  });
});

test('a new key says only what was typed', () => {
  const typed = { ...emptyKey, name: 'ci', bound: 'grp_1', expires: '2027-01-31', lifetimeDays: '30', tags: 'night, ' };
  expect(newKeyOf(typed)).toEqual({
    ...{ name: 'ci', groupId: 'grp_1', expiresAt: endOfDay('2027-01-31'), lifetimeMs: 30 * 86_400_000 },
    ...{ tags: ['night'], models: [], deniedModels: [], addresses: [], services: [], clients: [], limits: [] },
  });
});

test('a day ends with its last millisecond, wherever this computer is', () => {
  expect(dayOf(endOfDay('2027-03-28') ?? 0)).toBe('2027-03-28');
  expect(endOfDay('')).toBeNull();
});
