import type { AccountView } from '../accounts/view.ts';
import { type Frame, frameOf, reasonToSkip, type Seen, type Skip } from './eligible.ts';
import { inOrder, loadOf, priorityOf } from './order.ts';
import type { Ask, Plan, SkipReason, Snapshot, StickyOutcome, Verdict, WaitAdvice } from './plan.ts';
import type { Rules } from './rules.ts';

interface Skipped extends Seen {
  readonly skip: Skip;
}

/** Which accounts could serve this ask, best first, and why. Pure: same snapshot, same answer. */
export function choose(snapshot: Snapshot, ask: Ask): Plan {
  const { rules, now } = snapshot;
  const frame = frameOf(snapshot, ask);
  const able: Seen[] = [];
  const skipped: Skipped[] = [];
  for (const view of snapshot.views) {
    const upstreamModel = view.upstreamModel(ask.model, ask.route);
    const seen = { view, upstreamModel };
    const skip = reasonToSkip(seen, frame);
    if (skip) skipped.push({ view, upstreamModel, skip });
    else able.push(seen);
  }
  const ordered = inOrder(able, frame, rules);
  const candidates = ordered.map(({ view }) => view);
  const wait = waitFor({ candidates, skipped }, ask, { rules, now });
  const verdicts = ordered.map((seen, rank): Verdict => verdictOf(seen, frame, { rank }));
  for (const one of skipped) {
    const { reason, until, window } = one.skip;
    verdicts.push(verdictOf(one, frame, { skipped: reason, until, window }));
  }
  const sticky = stickyOutcome(candidates, wait, ask);
  const { model: _model, route: _route, ...asked } = ask;
  return {
    candidates,
    wait,
    explanation: {
      ask: asked,
      sticky,
      strategy: rules.strategy,
      verdicts,
    },
  };
}

/** When the first of the accounts that are out for a while comes back; undefined when none does by itself. */
export function soonestReturn(plan: Plan): number | undefined {
  const times = plan.explanation.verdicts.flatMap(({ until }) => (until === undefined ? [] : [until]));
  return times.length === 0 ? undefined : Math.min(...times);
}

const obstacles: ReadonlySet<SkipReason> = new Set(['busy', 'probing', 'ramping']);
/** Ends by itself; what is left of a budget does not come back while a call waits. */
const passing: ReadonlySet<SkipReason> = new Set(['limited', 'family-limited', 'model-limited', 'cooling-down']);

interface Sorted {
  readonly candidates: readonly AccountView[];
  readonly skipped: readonly Skipped[];
}

/** A session waits for its own account while that is cheaper than moving; everybody waits when nobody is free. */
function waitFor(
  { candidates, skipped }: Sorted,
  ask: Ask,
  { rules, now }: { readonly rules: Rules; readonly now: number },
): WaitAdvice | undefined {
  const home = skipped.find(({ view }) => view.account.id === ask.stickyAccountId);
  const worthMs = ((ask.moveNanoUsd ?? 0) / rules.waitNanoUsdPerMinute) * 60_000;
  const homeMs = Math.min(worthMs, rules.maxWaitMs);
  if (home && candidates.length > 0 && isWorthIt(home, homeMs, now)) {
    return { accounts: [wished(home)], maxMs: Math.ceil(homeMs), reason: 'sticky' };
  }
  if (candidates.length > 0) return undefined;
  const waitable = skipped.filter((one) => isWorthIt(one, rules.patienceMs, now));
  if (waitable.length === 0) return undefined;
  const isBusy = waitable.some(({ skip }) => obstacles.has(skip.reason));
  return {
    accounts: waitable.map(wished),
    maxMs: isBusy ? rules.maxWaitMs : rules.patienceMs,
    reason: 'nobody-free',
  };
}

function isWorthIt({ skip: { reason, until } }: Skipped, maxMs: number, now: number): boolean {
  if (maxMs < 1) return false;
  if (obstacles.has(reason)) return true;
  return passing.has(reason) && until !== undefined && until - now <= maxMs;
}

function wished({ view, skip }: Skipped): WaitAdvice['accounts'][number] {
  return { id: view.account.id, notBefore: passing.has(skip.reason) ? skip.until : undefined };
}

type Outcome = Pick<Verdict, 'rank' | 'skipped' | 'until' | 'window'>;

function verdictOf({ view, upstreamModel }: Seen, frame: Frame, outcome: Outcome): Verdict {
  const { account, inFlight, starts, lastStartAt } = view;
  const known = upstreamModel === undefined ? undefined : view.headroom(upstreamModel, frame.now);
  const isKnown = known !== undefined && known.windows.length > 0;
  return {
    accountId: account.id,
    rank: outcome.rank,
    skipped: outcome.skipped,
    until: outcome.until,
    window: outcome.window,
    priority: priorityOf(view, frame),
    load: loadOf(view),
    inFlight,
    served: rounded(view.served),
    starts,
    lastStartAt,
    left: isKnown ? rounded(known.left) : undefined,
    spare: isKnown ? rounded(known.spare) : undefined,
    resetsAt: isKnown ? known.resetsAt : undefined,
  };
}

/** Explanations are stored with every call: no more digits than mean something. */
function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function stickyOutcome(candidates: readonly AccountView[], wait: WaitAdvice | undefined, ask: Ask): StickyOutcome {
  const { stickyAccountId } = ask;
  if (stickyAccountId === undefined) return 'none';
  if (candidates[0]?.account.id === stickyAccountId) return 'kept';
  return wait?.accounts.some(({ id }) => id === stickyAccountId) ? 'waits' : 'moved';
}
