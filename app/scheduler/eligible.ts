import { fullCap } from '../accounts/caps.ts';
import { isHalfOpen } from '../accounts/health.ts';
import { limitOf } from '../accounts/reached-limits.ts';
import type { AccountView } from '../accounts/view.ts';
import { isWithin } from '../keys/services.ts';
import type { Ask, GroupView, SkipReason, Snapshot } from './plan.ts';
import type { Aim } from './rules.ts';
import { termsSkip } from './terms.ts';

export interface Skip {
  readonly reason: SkipReason;
  readonly until?: number | undefined;
  readonly window?: string | undefined;
}

/** An account with what it calls the model that is asked for: looked up once for each choice. */
export interface Seen {
  readonly view: AccountView;
  readonly upstreamModel: string | undefined;
}

/** What holds for all accounts of one choice. */
export interface Frame {
  readonly ask: Ask;
  readonly now: number;
  readonly goesThrough: boolean;
  /** The key's group, then its fallbacks; empty when it is bound to none. */
  readonly chain: readonly GroupView[];
  /** Where the owner wants this call to go. What is bound to one account by something else stays there. */
  readonly aim: Aim;
}

const automatic: Aim = { kind: 'automatic' };

export function frameOf({ views, groups, rules, now }: Snapshot, ask: Ask): Frame {
  const goesThrough = ask.bringsCredential && views.some((view) => isOpenPassthrough(view) && isFor(view, ask));
  const aim = ask.boundAccountId === undefined ? rules.aim : automatic;
  return { ask, now, goesThrough, chain: chainOf(groups, ask.groupId), aim };
}

/** Where an account stands in the chain of groups; -1 when it is in none of them. */
export function placeIn(chain: readonly GroupView[], accountId: string): number {
  return chain.findIndex(({ members }) => members.has(accountId));
}

/** Whether a key may use an account at all: its own one, or one of its group and the group's fallbacks. */
export function isReachable(
  groups: Snapshot['groups'],
  { accountId, groupId }: { readonly accountId?: string | undefined; readonly groupId?: string | undefined },
  id: string,
): boolean {
  if (accountId !== undefined) return accountId === id;
  return groupId === undefined || placeIn(chainOf(groups, groupId), id) >= 0;
}

/** The order of the rules is the order in which a person would ask: may it, can it, is it well, is it free. */
export function reasonToSkip(seen: Seen, frame: Frame): Skip | undefined {
  return permission(seen.view, frame) ?? ability(seen, frame) ?? condition(seen, frame);
}

function permission(view: AccountView, frame: Frame): Skip | undefined {
  const { ask, goesThrough, chain } = frame;
  const { account } = view;
  if (!mayServe(view, ask)) return { reason: 'not-bound' };
  if (!isWithin(ask.reach, view.cloud)) return { reason: 'service-not-allowed' };
  if (isPassedOver(view, frame)) return { reason: 'passed-over' };
  const isNamed = ask.boundAccountId !== undefined && ask.boundBy !== 'server-state';
  const isMember = ask.groupId !== undefined && placeIn(chain, account.id) >= 0;
  if (ask.groupId !== undefined && !isMember) return { reason: 'not-in-group' };
  if (account.care.sharing === 'only-me' && !ask.isOwn) return { reason: 'owner-only' };
  if (account.care.sharing === 'dedicated' && !isMember && !isNamed) return { reason: 'dedicated' };
  if (view.forwardsClientCredential !== goesThrough) {
    return { reason: goesThrough ? 'client-credential-only' : 'needs-client-credential' };
  }
  return undefined;
}

/** A credential that the client brings goes where it belongs. */
function isPassedOver({ account, forwardsClientCredential }: AccountView, { aim, goesThrough }: Frame): boolean {
  return aim.kind === 'only' && account.id !== aim.accountId && !(goesThrough && forwardsClientCredential);
}

function ability({ view, upstreamModel }: Seen, { ask, now }: Frame): Skip | undefined {
  const { account } = view;
  if (!account.isEnabled) return { reason: 'paused' };
  if (account.care.expiresAt !== undefined && account.care.expiresAt <= now) return { reason: 'expired' };
  if (upstreamModel === undefined || !servesAll(view, ask)) return { reason: 'model-not-supported' };
  const terms = termsSkip(view, ask);
  return terms && { reason: terms };
}

function servesAll(view: AccountView, { models, route }: Ask): boolean {
  return models === undefined || models.every((model) => view.upstreamModel(model, route) === model);
}

function condition({ view, upstreamModel = '' }: Seen, frame: Frame): Skip | undefined {
  const { health, obstacle } = view;
  const { now } = frame;
  if (health.state !== 'active' && !isHalfOpen(health, now) && (health.until ?? now + 1) > now) {
    return { reason: health.state, until: health.until, window: windowOf(view) };
  }
  const limit = health.limits.length === 0 ? undefined : limitOf(health.limits, upstreamModel, now);
  if (limit) return { reason: `${limit.scope}-limited`, until: limit.until, window: limit.window };
  return (
    (view.caps.length > 0 ? capSkip(view, frame) : undefined) ??
    budget(view, upstreamModel, frame) ??
    (obstacle && { reason: obstacle.reason, until: obstacle.until })
  );
}

/** Also for a session that is warm here: a cap is a promise to whoever pays. */
function capSkip({ caps }: AccountView, { ask, now }: Frame): Skip | undefined {
  const full = fullCap(caps, now, ask.cost);
  if (!full) return undefined;
  const { name: window, resetsAt } = full.standing;
  return full.isSpent ? { reason: 'capped', until: resetsAt, window } : { reason: 'cap-held', window };
}

/** What its owner keeps back: of some windows from new sessions, of each from other people's calls. */
function budget(view: AccountView, upstreamModel: string, { ask, now }: Frame): Skip | undefined {
  const { account } = view;
  const { stopAt, reservePercent } = account.care;
  const isReserved = reservePercent !== undefined && !ask.isOwn;
  // A session that is warm here goes on: stopping it would waste what it has cached.
  const isHome = ask.stickyAccountId === account.id && (ask.moveNanoUsd ?? 0) > 0;
  if (!isReserved && (isHome || !hasAny(stopAt))) return undefined;
  for (const { name, used, resetsAt } of view.headroom(upstreamModel, now).windows) {
    const usedPercent = used * 100;
    if (isReserved && usedPercent >= 100 - reservePercent) return { reason: 'reserved', until: resetsAt, window: name };
    const stop = Object.hasOwn(stopAt, name) ? stopAt[name] : stopAt['*'];
    if (!isHome && stop !== undefined && usedPercent >= stop) {
      return { reason: 'no-new-sessions', until: resetsAt, window: name };
    }
  }
  return undefined;
}

/** For a call that is bound to one account there are no others. */
function mayServe({ account }: AccountView, { boundAccountId, unplaced }: Ask): boolean {
  if (unplaced) return false;
  return boundAccountId === undefined || account.id === boundAccountId;
}

function isFor(view: AccountView, ask: Ask): boolean {
  return mayServe(view, ask) && isWithin(ask.reach, view.cloud);
}

function isOpenPassthrough(view: AccountView): boolean {
  return view.forwardsClientCredential && view.account.isEnabled;
}

/** A fallback that leads back ends there; saving one is refused before. */
function chainOf(groups: Snapshot['groups'], groupId: string | undefined): readonly GroupView[] {
  const chain: GroupView[] = [];
  let group = groupId === undefined ? undefined : groups.get(groupId);
  while (group && !chain.includes(group)) {
    chain.push(group);
    group = group.fallbackId === undefined ? undefined : groups.get(group.fallbackId);
  }
  return chain;
}

function windowOf({ health: { reason } }: AccountView): string | undefined {
  return reason?.kind === 'rate-limit' ? reason.window : undefined;
}

function hasAny(record: Readonly<Record<string, unknown>>): boolean {
  for (const _name in record) return true;
  return false;
}
