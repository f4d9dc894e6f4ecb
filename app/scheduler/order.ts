import type { AccountView } from '../accounts/view.ts';
import { type Frame, placeIn, type Seen } from './eligible.ts';
import type { Rules, Strategy } from './rules.ts';

/** An account with less than this left of a limit comes after those that have more. */
const nearlyOut = 0.02;

interface Ranked {
  readonly seen: Seen;
  readonly view: AccountView;
  /** 0 for the session's own account. */
  readonly stranger: number;
  readonly group: number;
  /** 0 for the one that its owner prefers. */
  readonly other: number;
  readonly priority: number;
  /** 0 for who needs no translation. */
  readonly foreign: number;
  readonly out: number;
  first: number;
  second: number;
  third: number;
}

/**
 * The session's own account, then the group before its fallbacks, then whom the owner prefers, then priority, then who needs no translation, then who
 * has something left of its limits, then as the strategy says, then as they came.
 */
export function inOrder(able: readonly Seen[], frame: Frame, rules: Rules): readonly Seen[] {
  if (able.length < 2) return able;
  const ranked = able.map((seen) => rank(seen, frame));
  keys[rules.strategy](ranked, frame);
  return ranked.sort(compare).map(({ seen }) => seen);
}

export function priorityOf({ account }: AccountView, { chain }: Frame): number {
  if (chain.length === 0) return account.priority;
  const group = chain[placeIn(chain, account.id)];
  return group?.members.get(account.id) ?? account.priority;
}

export function loadOf({ inFlight, account }: AccountView): number {
  return inFlight / account.weight;
}

function rank(seen: Seen, frame: Frame): Ranked {
  const { view, upstreamModel = '' } = seen;
  const { ask, chain, now, aim } = frame;
  return {
    seen,
    view,
    stranger: view.account.id === ask.stickyAccountId ? 0 : 1,
    group: chain.length === 0 ? 0 : placeIn(chain, view.account.id),
    other: aim.kind === 'prefer' && view.account.id !== aim.accountId ? 1 : 0,
    priority: priorityOf(view, frame),
    foreign: view.routes.includes(ask.route) ? 0 : 1,
    out: view.headroom(upstreamModel, now).left < nearlyOut ? 1 : 0,
    first: 0,
    second: 0,
    third: 0,
  };
}

function compare(a: Ranked, b: Ranked): number {
  return (
    a.stranger - b.stranger ||
    a.group - b.group ||
    a.other - b.other ||
    a.priority - b.priority ||
    a.foreign - b.foreign ||
    a.out - b.out ||
    a.first - b.first ||
    a.second - b.second ||
    a.third - b.third
  );
}

/** What each strategy compares by, the most important first. */
const keys: Readonly<Record<Strategy, (ranked: readonly Ranked[], frame: Frame) => void>> = {
  weighted: byWeight,
  'round-robin': (ranked) => {
    for (const one of ranked) {
      one.first = one.view.starts;
      one.second = one.view.lastStartAt;
    }
  },
  'least-recently-used': (ranked) => {
    for (const one of ranked) one.first = one.view.lastStartAt;
  },
  'fill-first': () => undefined,
  'soonest-reset': (ranked, { now }) => {
    for (const one of ranked) {
      const { resetsAt } = one.view.headroom(one.seen.upstreamModel ?? '', now);
      one.first = resetsAt ?? Number.MAX_SAFE_INTEGER;
      one.second = one.view.served;
    }
  },
};

/**
 * Whoever has no more in flight than its share by weight, then whoever has served least for its weight and spare budget.
 * NOTE: the least `inFlight / weight` alone misses the weights as long as few calls run: with 5:3:2 and three calls at a
 * time each account would get a third.
 */
function byWeight(ranked: readonly Ranked[]): void {
  const tiers = new Map<number, { weight: number; inFlight: number }>();
  for (const { priority, group, view } of ranked) {
    const name = group * 1_000 + priority;
    const tier = tiers.get(name);
    if (!tier) tiers.set(name, { weight: view.account.weight, inFlight: view.inFlight });
    else {
      tier.weight += view.account.weight;
      tier.inFlight += view.inFlight;
    }
  }
  for (const one of ranked) {
    const { view } = one;
    const tier = tiers.get(one.group * 1_000 + one.priority);
    // Its share is counted with this call, in whole calls.
    const share = tier ? ((tier.inFlight + 1) * view.account.weight) / tier.weight : 0;
    one.first = Math.max(0, Math.ceil(view.inFlight - share));
    one.second = view.served;
    one.third = loadOf(view);
  }
}
