import { expect, test } from 'vitest';
import { snapshotOf, start, viewOf } from './__fixtures__/views.ts';
import { choose } from './choose.ts';
import type { Ask, GroupView, Plan } from './plan.ts';
import { type Aim, defaultRules } from './rules.ts';

const ask: Ask = { route: 'messages', model: 'claude-sonnet-4-5', bringsCredential: false };
const aimed = (aim: Aim) => ({ rules: { ...defaultRules, aim } });
const idsOf = ({ candidates }: Plan) => candidates.map(({ account }) => account.id);
const skipOf = ({ explanation }: Plan, id: string) =>
  explanation.verdicts.find(({ accountId }) => accountId === id)?.skipped;

const first = viewOf('first', { account: { priority: 10 } });
const last = viewOf('last', { account: { priority: 90 } });
const preferLast = aimed({ kind: 'prefer', accountId: 'last' });
const onlyLast = aimed({ kind: 'only', accountId: 'last' });

test('the preferred account goes before priority, and the others serve when it cannot', () => {
  expect(idsOf(choose(snapshotOf([first, last], preferLast), ask))).toEqual(['last', 'first']);
  const limited = viewOf('last', { health: { state: 'limited', until: start + 60_000 } });
  expect(idsOf(choose(snapshotOf([first, limited], preferLast), ask))).toEqual(['first']);
});

test('a session stays where its prompt is cached, also when another account is preferred', () => {
  expect(idsOf(choose(snapshotOf([first, last], preferLast), { ...ask, stickyAccountId: 'first' }))).toEqual([
    'first',
    'last',
  ]);
});

test('a preferred account of a fallback group comes after the key’s own group', () => {
  const groups = new Map<string, GroupView>([
    ['own', { id: 'own', members: new Map([['first', undefined]]), fallbackId: 'spare' }],
    ['spare', { id: 'spare', members: new Map([['last', undefined]]) }],
  ]);
  const plan = choose(snapshotOf([first, last], { ...preferLast, groups }), { ...ask, groupId: 'own' });
  expect(idsOf(plan)).toEqual(['first', 'last']);
});

test('only means only: the others are passed over, for sessions too, and that is the reason told', () => {
  const plan = choose(snapshotOf([first, last], onlyLast), { ...ask, stickyAccountId: 'first' });
  expect([idsOf(plan), skipOf(plan, 'first')]).toEqual([['last'], 'passed-over']);
  const paused = viewOf('last', { account: { isEnabled: false } });
  expect(idsOf(choose(snapshotOf([first, paused], onlyLast), ask))).toEqual([]);
});

test('what is bound to an account, or brings its own credential, goes where it belongs', () => {
  for (const boundBy of ['key', 'server-state'] as const) {
    const plan = choose(snapshotOf([first, last], onlyLast), { ...ask, boundAccountId: 'first', boundBy });
    expect(idsOf(plan)).toEqual(['first']);
  }
  const through = viewOf('through', { forwardsClientCredential: true });
  const plan = choose(snapshotOf([through, last], onlyLast), { ...ask, bringsCredential: true });
  expect(idsOf(plan)).toEqual(['through']);
});
