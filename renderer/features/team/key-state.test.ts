import { expect, test } from 'vitest';
import { keyState, matches, noFilter } from './key-state.ts';
import type { Key } from './key-values.ts';

const key: Key = {
  ...{ id: 'key_1', name: 'Ada laptop', prefix: 'abcd1234', isImported: false, isEnabled: true, createdAt: 1 },
  ...{
    updatedAt: 2,
    tags: ['night'],
    models: [],
    deniedModels: [],
    services: [],
    clients: [],
    addresses: [],
    limits: [],
  },
};
const now = 1_000;

test.each<[string, Partial<Key>]>([
  ['works', {}],
  ['works', { lifetimeMs: 5 }],
  ['disabled', { isEnabled: false, expiresAt: 1 }],
  ['suspended', { memberId: 'mem_1', memberState: 'suspended' }],
  ['suspended', { memberId: 'mem_1', memberState: 'removed' }],
  ['works', { memberId: 'mem_1', memberState: 'active' }],
  ['expired', { expiresAt: 1_000 }],
  ['expired', { lifetimeMs: 5, activatedAt: 900 }],
  ['removed', { removedAt: 5, isEnabled: false }],
])('it is %s: %j', (state, fields) => {
  expect(keyState({ ...key, ...fields }, now)).toBe(state);
});

test('a key is found by words in any order, by tag, member and state', () => {
  const found = (filter: object) => matches({ ...key, memberId: 'mem_1' }, { ...noFilter, ...filter }, now);
  expect([found({}), found({ text: 'LAPTOP ada' }), found({ text: 'abcd' }), found({ text: 'bob' })]).toEqual([
    ...[true, true, true, false],
  ]);
  expect([
    found({ tag: 'night' }),
    found({ tag: 'day' }),
    found({ memberId: 'mem_1' }),
    found({ memberId: 'x' }),
  ]).toEqual([true, false, true, false]);
  expect([found({ state: 'works' }), found({ state: 'expired' })]).toEqual([true, false]);
});
