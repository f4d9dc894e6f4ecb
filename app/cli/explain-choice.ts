import type { Output } from '../server/admin/contract.ts';
import { money } from './numbers.ts';
import { dateTime } from './time.ts';

type Explained = Pick<
  Output<'explainCall'>,
  'sticky' | 'stickyAccountId' | 'moveNanoUsd' | 'strategy' | 'verdicts' | 'accountNames'
>;
type Verdict = Explained['verdicts'][number];

const stickiness: Readonly<Record<NonNullable<Explained['sticky']>, string>> = {
  none: 'The session had no account of its own yet.',
  kept: 'The session stayed on the account it had used before, which keeps its prompt cache warm.',
  waits: 'The session waited for the account it had used before: that was cheaper than to write its cache elsewhere.',
  moved: 'The session had to leave the account it had used before.',
};

/** Which accounts were looked at, who came out first, and why the others did not. */
export function choiceLines(explained: Explained): readonly string[] {
  const { verdicts, accountNames } = explained;
  if (verdicts.length === 0) return ['No account was considered.'];
  const chosen = verdicts
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    .map((verdict) => chosenLine(verdict, nameOf(verdict.accountId, accountNames)));
  const skipped = verdicts
    .filter(({ rank }) => rank === undefined)
    .map((verdict) => skippedLine(verdict, nameOf(verdict.accountId, accountNames)));
  const none = chosen.length === 0 ? ['No account could serve it.'] : [];
  return [...stickyLines(explained), ...strategyLines(explained), ...chosen, ...none, ...skipped];
}

function stickyLines({ sticky, stickyAccountId, moveNanoUsd, accountNames }: Explained): readonly string[] {
  if (sticky === null) return [];
  const home = stickyAccountId === null ? [] : [`Its account was ${nameOf(stickyAccountId, accountNames)}.`];
  const cost = moveNanoUsd ? [`To write its cache elsewhere would cost about ${money(moveNanoUsd)}.`] : [];
  return [stickiness[sticky], ...home, ...cost];
}

function strategyLines({ strategy, verdicts }: Explained): readonly string[] {
  const several = verdicts.filter(({ rank }) => rank !== undefined).length > 1;
  return strategy === null || !several ? [] : [`Among equals: ${strategy}.`];
}

function chosenLine({ rank = 0, priority, load, left, spare }: Verdict, name: string): string {
  const place = rank === 0 ? 'was the first choice' : `was choice ${rank + 1}`;
  const budget =
    left === undefined
      ? ''
      : `, ${Math.round(left * 100)} % of its tightest limit left (pace ${(spare ?? 1).toFixed(1)})`;
  return `${name} ${place}: priority ${priority}, load ${Number(load.toFixed(2))}${budget}.`;
}

const skips: Readonly<Record<string, string>> = {
  'not-bound': 'the key is bound to another account',
  'not-in-group': 'it is not in the key’s group',
  'service-not-allowed': 'the key may not use its service',
  'passed-over': 'all calls are to go to another account',
  dedicated: 'it serves only keys and groups that name it',
  'owner-only': 'it serves only its owner',
  expired: 'its subscription had ended',
  paused: 'its owner had paused it',
  'cooling-down': 'it was cooling down after failures',
  limited: 'it was at its limit',
  'family-limited': 'it was at its limit for this family of models',
  'model-limited': 'it was at its limit for this model',
  'no-new-sessions': 'its owner begins no new sessions on it at this use',
  reserved: 'what is left of it is reserved for its owner',
  capped: 'its owner’s cap leaves no room for this call',
  'cap-held': 'calls that ran held what its owner’s cap leaves',
  busy: 'it carried as many calls as it may',
  probing: 'another call was showing whether it works again',
  ramping: 'it had just come back and took calls slowly',
  'needs-sign-in': 'its credential no longer works',
  blocked: 'its upstream has blocked it',
  'model-not-supported': 'it does not serve this model',
  'needs-client-credential': 'it forwards the credential of the client, and this call brought none',
  'terms-not-accepted': 'its owner has not accepted the provider’s terms',
  'client-not-served': 'it serves only its provider’s own program',
  'this-computer-only': 'it serves only the computer that it is on',
  'client-credential-only': 'this call brought its own credential, which only a pass-through account may forward',
};

function skippedLine({ skipped = '', until, window }: Verdict, name: string): string {
  const why = Object.hasOwn(skips, skipped) ? skips[skipped] : skipped;
  const limit = window === undefined ? '' : ` (${window})`;
  return `${name} was skipped, because ${why}${limit}${until === undefined ? '' : ` until ${dateTime(until)}`}.`;
}

export function nameOf(accountId: string, names: Explained['accountNames']): string {
  return Object.hasOwn(names, accountId) ? (names[accountId] ?? accountId) : `${accountId} (removed since)`;
}
