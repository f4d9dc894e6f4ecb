import { describe, expect, test } from 'vitest';
import type { AccountCare } from '../accounts/care.ts';
import { noCare } from '../accounts/care.ts';
import type { LimitSnapshot } from '../domain/limits.ts';
import { snapshotOf, start, type ViewFields, viewOf } from './__fixtures__/views.ts';
import { choose } from './choose.ts';
import type { Ask, GroupView, Plan } from './plan.ts';
import { defaultRules, type Strategy } from './rules.ts';

const minute = 60_000;
const hour = 60 * minute;
const ask: Ask = { route: 'messages', model: 'claude-sonnet-4-5', bringsCredential: false };
const own: Ask = { ...ask, isOwn: true };

const idsOf = ({ candidates }: Plan) => candidates.map(({ account }) => account.id);
const skipOf = ({ explanation }: Plan, id: string) =>
  explanation.verdicts.find(({ accountId }) => accountId === id)?.skipped;
const withCare = (id: string, care: Partial<AccountCare>, more: ViewFields = {}) =>
  viewOf(id, { ...more, account: { ...more.account, care: { ...noCare, ...care } } });
const used = (share: number, more: { name?: string; resetsInMs?: number } = {}): LimitSnapshot => ({
  readAt: start,
  windows: [
    {
      name: more.name ?? '5h',
      used: share,
      lengthMs: 5 * hour,
      resetsAt: start + (more.resetsInMs ?? hour),
      isExhausted: false,
    },
  ],
});

describe('who an account is for', () => {
  test('only-me serves its owner’s calls and nobody else’s', () => {
    const view = withCare('mine', { sharing: 'only-me' });
    expect(idsOf(choose(snapshotOf([view]), own))).toEqual(['mine']);
    expect(skipOf(choose(snapshotOf([view]), ask), 'mine')).toBe('owner-only');
  });

  test('dedicated serves only keys and groups that name it', () => {
    const view = withCare('ours', { sharing: 'dedicated' });
    const group: GroupView = { id: 'team', members: new Map([['ours', undefined]]) };
    const groups = new Map([['team', group]]);
    expect(skipOf(choose(snapshotOf([view]), own), 'ours')).toBe('dedicated');
    expect(idsOf(choose(snapshotOf([view]), { ...ask, boundAccountId: 'ours', boundBy: 'key' }))).toEqual(['ours']);
    expect(idsOf(choose(snapshotOf([view], { groups }), { ...ask, groupId: 'team' }))).toEqual(['ours']);
    // That a response is stored there makes nobody its owner.
    const stored = choose(snapshotOf([view]), { ...ask, boundAccountId: 'ours', boundBy: 'server-state' });
    expect(skipOf(stored, 'ours')).toBe('dedicated');
  });

  test('an account whose subscription has ended serves nobody', () => {
    const view = withCare('old', { expiresAt: start });
    expect(skipOf(choose(snapshotOf([view]), own), 'old')).toBe('expired');
    expect(idsOf(choose(snapshotOf([view], { now: start - 1 }), own))).toEqual(['old']);
  });
});

describe('a key that is bound to a group', () => {
  const views = [viewOf('a'), viewOf('b'), viewOf('spare', { account: { priority: 1 } }), viewOf('stranger')];
  const spares: GroupView = { id: 'spares', members: new Map([['spare', undefined]]) };
  const team: GroupView = {
    id: 'team',
    members: new Map([
      ['a', 20],
      ['b', 10],
    ]),
    fallbackId: 'spares',
  };
  const groups = new Map([team, spares].map((group) => [group.id, group]));
  const grouped: Ask = { ...ask, groupId: 'team' };

  test('is served by its members in the group’s own priorities, then by the fallback, and by nobody else', () => {
    const plan = choose(snapshotOf(views, { groups }), grouped);
    expect(idsOf(plan)).toEqual(['b', 'a', 'spare']);
    expect(skipOf(plan, 'stranger')).toBe('not-in-group');
  });

  test('falls back only where there is a fallback', () => {
    const closed = new Map([['team', { ...team, fallbackId: undefined }]]);
    const out = views.map((view) => ({
      ...view,
      account: { ...view.account, isEnabled: view.account.id === 'spare' },
    }));
    expect(idsOf(choose(snapshotOf(out, { groups: closed }), grouped))).toEqual([]);
    expect(idsOf(choose(snapshotOf(out, { groups }), grouped))).toEqual(['spare']);
  });

  test('that is gone reaches no account at all', () => {
    expect(idsOf(choose(snapshotOf(views, { groups: new Map() }), grouped))).toEqual([]);
  });

  test('does not hang when stored fallbacks lead round', () => {
    const round = new Map([
      ['team', { ...team, fallbackId: 'spares' }],
      ['spares', { ...spares, fallbackId: 'team' }],
    ]);
    expect(idsOf(choose(snapshotOf(views, { groups: round }), grouped))).toEqual(['b', 'a', 'spare']);
  });
});

describe('limits as a budget', () => {
  test('new sessions stop at the percentage of a window, warm sessions go on', () => {
    const view = withCare('full', { stopAt: { '5h': 80 } }, { limits: used(0.8) });
    const plan = choose(snapshotOf([view]), own);
    expect(skipOf(plan, 'full')).toBe('no-new-sessions');
    expect(plan.explanation.verdicts[0]).toMatchObject({ window: '5h', until: start + hour });
    const warm: Ask = { ...own, stickyAccountId: 'full', moveNanoUsd: 1_000 };
    expect(idsOf(choose(snapshotOf([view]), warm))).toEqual(['full']);
    expect(skipOf(choose(snapshotOf([view]), { ...warm, moveNanoUsd: 0 }), 'full')).toBe('no-new-sessions');
    const below = withCare('full', { stopAt: { '5h': 81 } }, { limits: used(0.8) });
    expect(idsOf(choose(snapshotOf([below]), own))).toEqual(['full']);
  });

  test('a star stops at any window that has no percentage of its own', () => {
    const stops = { '*': 50, '5h': 90 };
    const view = (name: string) => withCare('a', { stopAt: stops }, { limits: used(0.6, { name }) });
    expect(skipOf(choose(snapshotOf([view('7d')]), own), 'a')).toBe('no-new-sessions');
    expect(idsOf(choose(snapshotOf([view('5h')]), own))).toEqual(['a']);
  });

  test('a reserve is for its owner’s calls, also against sessions that are there', () => {
    const view = withCare('mine', { reservePercent: 20 }, { limits: used(0.8) });
    expect(idsOf(choose(snapshotOf([view]), own))).toEqual(['mine']);
    const other: Ask = { ...ask, stickyAccountId: 'mine', moveNanoUsd: 1_000 };
    expect(skipOf(choose(snapshotOf([view]), other), 'mine')).toBe('reserved');
  });

  test('an account at its owner’s cap serves nobody until the window resets, a warm session neither', () => {
    const window = { kind: 'calendar', unit: 'day', timeZone: 'UTC' } as const;
    const cap = { measure: 'cost', amount: 1_000, window, mode: 'smooth' } as const;
    const standing = { cap, name: 'cost per day', spent: 800, held: 0, resetsAt: start + hour };
    const view = viewOf('thrifty', { caps: [standing] });
    const dear: Ask = { ...own, cost: { likely: 300, most: 900 }, stickyAccountId: 'thrifty', moveNanoUsd: 1_000 };
    expect(choose(snapshotOf([view]), dear).explanation.verdicts[0]).toMatchObject({
      skipped: 'capped',
      window: 'cost per day',
      until: start + hour,
    });
    expect(idsOf(choose(snapshotOf([view]), { ...dear, cost: { likely: 200, most: 900 } }))).toEqual(['thrifty']);
    expect(idsOf(choose(snapshotOf([view], { now: start + hour }), dear))).toEqual(['thrifty']);
    const running = viewOf('thrifty', { caps: [{ ...standing, spent: 500, held: 300 }] });
    const verdict = choose(snapshotOf([running]), dear).explanation.verdicts[0];
    expect([verdict?.skipped, verdict?.until]).toEqual(['cap-held', undefined]);
  });

  test('an account with hardly anything left comes last among its equals', () => {
    const views = [viewOf('nearly out', { limits: used(0.99) }), viewOf('well', { served: 1_000, limits: used(0.5) })];
    expect(idsOf(choose(snapshotOf(views), own))).toEqual(['well', 'nearly out']);
  });
});

describe('strategies', () => {
  const views = [
    viewOf('a', { served: 3, starts: 1, lastStartAt: 30, limits: used(0.1, { resetsInMs: 3 * hour }) }),
    viewOf('b', { served: 2, starts: 3, lastStartAt: 10, limits: used(0.1, { resetsInMs: hour }) }),
    viewOf('c', { served: 1, starts: 2, lastStartAt: 20, limits: used(0.1, { resetsInMs: 2 * hour }) }),
  ];

  test.each<[Strategy, readonly string[]]>([
    ['weighted', ['c', 'b', 'a']],
    ['round-robin', ['a', 'c', 'b']],
    ['least-recently-used', ['b', 'c', 'a']],
    ['fill-first', ['a', 'b', 'c']],
    ['soonest-reset', ['b', 'c', 'a']],
  ])('%s', (strategy, expected) => {
    const rules = { ...defaultRules, strategy };
    expect(idsOf(choose(snapshotOf(views, { rules }), own))).toEqual(expected);
  });
});

describe('a session whose account is not free', () => {
  const busy = viewOf('home', { obstacle: { reason: 'busy' } });
  const home: Ask = { ...own, stickyAccountId: 'home' };
  const limited = (untilMs: number) => viewOf('home', { health: { state: 'limited', until: start + untilMs } });

  test('waits for it while moving its cache costs more than the wait', () => {
    const dear = choose(snapshotOf([busy, viewOf('other')]), { ...home, moveNanoUsd: 200_000_000 });
    expect(dear.wait).toEqual({ accounts: [{ id: 'home', notBefore: undefined }], maxMs: 12_000, reason: 'sticky' });
    expect([dear.explanation.sticky, idsOf(dear)]).toEqual(['waits', ['other']]);
    const cheap = choose(snapshotOf([busy, viewOf('other')]), { ...home, moveNanoUsd: 0 });
    expect([cheap.wait, cheap.explanation.sticky]).toEqual([undefined, 'moved']);
  });

  test('waits for a limit that ends soon enough, and moves before one that does not', () => {
    const warm: Ask = { ...home, moveNanoUsd: 200_000_000 };
    expect(choose(snapshotOf([limited(10_000), viewOf('other')]), warm).wait).toMatchObject({ reason: 'sticky' });
    expect(choose(snapshotOf([limited(20_000), viewOf('other')]), warm).wait).toBeUndefined();
  });

  test('never waits longer than any call does', () => {
    const plan = choose(snapshotOf([busy, viewOf('other')]), { ...home, moveNanoUsd: 1_000_000_000_000 });
    expect(plan.wait?.maxMs).toBe(defaultRules.maxWaitMs);
  });
});

describe('a call for which nobody is free', () => {
  test('waits for whoever is busy or back soon, and not for who is out for longer', () => {
    const plan = choose(
      snapshotOf([
        viewOf('busy', { obstacle: { reason: 'busy' } }),
        viewOf('soon', { health: { state: 'limited', until: start + 4_000 } }),
        viewOf('later', { health: { state: 'limited', until: start + 6_000 } }),
        viewOf('blocked', { health: { state: 'blocked' } }),
      ]),
      own,
    );
    expect(plan.wait).toEqual({
      accounts: [
        { id: 'busy', notBefore: undefined },
        { id: 'soon', notBefore: start + 4_000 },
      ],
      maxMs: defaultRules.maxWaitMs,
      reason: 'nobody-free',
    });
  });

  test('is not kept waiting when everybody is out for longer: it is told when to come back', () => {
    const plan = choose(snapshotOf([viewOf('later', { health: { state: 'limited', until: start + minute } })]), own);
    expect(plan.wait).toBeUndefined();
  });
});
