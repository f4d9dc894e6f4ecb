import type { AccountView } from '../accounts/view.ts';
import type { Ask, Plan, SkipReason, StickyOutcome, Verdict } from './plan.ts';
import { termsSkip } from './terms.ts';

interface Skip {
  readonly reason: SkipReason;
  readonly until?: number | undefined;
}

/** Which accounts could serve this ask, best first, and why. Pure: same views, same answer. */
export function choose(views: readonly AccountView[], ask: Ask, nowMs: number): Plan {
  const goesThrough = ask.bringsCredential && views.some((view) => isOpenPassthrough(view) && mayServe(view, ask));
  const able: AccountView[] = [];
  const skipped: Verdict[] = [];
  for (const view of views) {
    const skip = reasonToSkip(view, ask, { goesThrough, nowMs });
    if (skip) skipped.push({ ...toVerdict(view), skipped: skip.reason, until: skip.until });
    else able.push(view);
  }
  const candidates = inOrder(able, ask);
  const verdicts = candidates.map((view, rank): Verdict => ({ ...toVerdict(view), rank })).concat(skipped);
  return { candidates, explanation: { sticky: stickyOutcome(candidates, ask), verdicts } };
}

/** When the first of the accounts that are out for a while comes back; undefined when none does by itself. */
export function soonestReturn(plan: Plan): number | undefined {
  const times = plan.explanation.verdicts.flatMap(({ until }) => (until === undefined ? [] : [until]));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The order of the rules is the order in which a person would ask: may it, can it, is it well. */
function reasonToSkip(
  view: AccountView,
  ask: Ask,
  { goesThrough, nowMs }: { readonly goesThrough: boolean; readonly nowMs: number },
): Skip | undefined {
  const { account, health } = view;
  if (!mayServe(view, ask)) return { reason: 'not-bound' };
  if (view.forwardsClientCredential !== goesThrough) {
    return { reason: goesThrough ? 'client-credential-only' : 'needs-client-credential' };
  }
  if (!account.isEnabled) return { reason: 'paused' };
  const upstreamModel = view.upstreamModel(ask.model, ask.route);
  if (upstreamModel === undefined || !servesAll(view, ask)) return { reason: 'model-not-supported' };
  const terms = termsSkip(view, ask);
  if (terms) return { reason: terms };
  if (health.state !== 'active' && (health.until === undefined || health.until > nowMs)) {
    return { reason: health.state, until: health.until };
  }
  const until = Object.hasOwn(health.modelLimits, upstreamModel) ? health.modelLimits[upstreamModel] : undefined;
  return until !== undefined && until > nowMs ? { reason: 'model-limited', until } : undefined;
}

function servesAll(view: AccountView, { models = [], route }: Ask): boolean {
  return models.every((model) => view.upstreamModel(model, route) === model);
}

/** For a key that is bound to one account there are no others. */
function mayServe({ account }: AccountView, { boundAccountId, unplaced }: Ask): boolean {
  if (unplaced) return false;
  return boundAccountId === undefined || account.id === boundAccountId;
}

function isOpenPassthrough(view: AccountView): boolean {
  return view.forwardsClientCredential && view.account.isEnabled;
}

interface Ranked {
  readonly view: AccountView;
  readonly isSticky: boolean;
  readonly isNative: boolean;
  /** Calls in flight beyond its share. */
  readonly excess: number;
}

/** The accounts of one priority, taken together. */
interface Tier {
  weight: number;
  inFlight: number;
}

/**
 * The session's own account, then priority, then who needs no translation, then whoever has no more in flight than its share by weight, then whoever has
 * served least for its weight. NOTE: the least `inFlight / weight` alone misses the weights as long as few calls run: with
 * 5:3:2 and three calls at a time each account would get a third.
 */
function inOrder(able: readonly AccountView[], { stickyAccountId, route }: Ask): readonly AccountView[] {
  if (able.length < 2) return able;
  const tiers = tiersOf(able);
  const ranked = able.map((view): Ranked => {
    const excess = excessOf(view, tiers.get(view.account.priority));
    return { view, isSticky: view.account.id === stickyAccountId, isNative: view.routes.includes(route), excess };
  });
  return ranked.sort(compare).map(({ view }) => view);
}

function tiersOf(able: readonly AccountView[]): ReadonlyMap<number, Tier> {
  const tiers = new Map<number, Tier>();
  for (const { account, inFlight } of able) {
    const tier = tiers.get(account.priority);
    if (!tier) tiers.set(account.priority, { weight: account.weight, inFlight });
    else {
      tier.weight += account.weight;
      tier.inFlight += inFlight;
    }
  }
  return tiers;
}

/** Its share is counted with this call, in whole calls. */
function excessOf({ account, inFlight }: AccountView, tier: Tier | undefined): number {
  const share = tier ? ((tier.inFlight + 1) * account.weight) / tier.weight : 0;
  return Math.max(0, Math.ceil(inFlight - share));
}

function compare(a: Ranked, b: Ranked): number {
  return (
    Number(b.isSticky) - Number(a.isSticky) ||
    a.view.account.priority - b.view.account.priority ||
    Number(b.isNative) - Number(a.isNative) ||
    a.excess - b.excess ||
    a.view.served - b.view.served ||
    loadOf(a.view) - loadOf(b.view)
  );
}

function loadOf({ inFlight, account }: AccountView): number {
  return inFlight / account.weight;
}

function toVerdict(view: AccountView): Pick<Verdict, 'accountId' | 'priority' | 'load'> {
  return { accountId: view.account.id, priority: view.account.priority, load: loadOf(view) };
}

function stickyOutcome(candidates: readonly AccountView[], { stickyAccountId }: Ask): StickyOutcome {
  if (stickyAccountId === undefined) return 'none';
  return candidates[0]?.account.id === stickyAccountId ? 'kept' : 'moved';
}
