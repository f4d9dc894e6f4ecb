import type { AccountView } from '../accounts/view.ts';
import { type Frame, frameOf, reasonToSkip, type Skip } from './eligible.ts';
import { inOrder, loadOf, priorityOf } from './order.ts';
import type { Ask, Plan, SkipReason, Snapshot, StickyOutcome, Verdict, WaitAdvice } from './plan.ts';
import type { Rules } from './rules.ts';

interface Skipped {
  readonly view: AccountView;
  readonly skip: Skip;
}

/** Which accounts could serve this ask, best first, and why. Pure: same snapshot, same answer. */
export function choose(snapshot: Snapshot, ask: Ask): Plan {
  const { rules, now } = snapshot;
  const frame = frameOf(snapshot, ask);
  const able: AccountView[] = [];
  const skipped: Skipped[] = [];
  for (const view of snapshot.views) {
    const skip = reasonToSkip(view, frame);
    if (skip) skipped.push({ view, skip });
    else able.push(view);
  }
  const candidates = inOrder(able, frame, rules);
  const wait = waitFor({ candidates, skipped }, ask, { rules, now });
  const verdicts: Verdict[] = candidates.map((view, rank) => ({ ...factsOf(view, frame), rank }));
  for (const { view, skip } of skipped) {
    verdicts.push({ ...factsOf(view, frame), skipped: skip.reason, until: skip.until, window: skip.window });
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

function factsOf(view: AccountView, frame: Frame): Verdict {
  const { ask, now } = frame;
  const upstreamModel = view.upstreamModel(ask.model, ask.route);
  const known = upstreamModel === undefined ? undefined : view.headroom(upstreamModel, now);
  const { account, inFlight, starts, lastStartAt } = view;
  const served = rounded(view.served);
  const facts = { accountId: account.id, priority: priorityOf(view, frame), load: loadOf(view), inFlight };
  const counts = { served, starts, lastStartAt };
  if (!known || known.windows.length === 0) return { ...facts, ...counts };
  return { ...facts, ...counts, left: rounded(known.left), spare: rounded(known.spare), resetsAt: known.resetsAt };
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
