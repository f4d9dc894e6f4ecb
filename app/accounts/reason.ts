import type { Reason } from './account.ts';

/** The one place where a reason becomes English. */
export function sentenceOf(reason: Reason | undefined): string {
  return reason ? sentences[reason.kind](reason as never) : '';
}

type Sentences = { readonly [Kind in Reason['kind']]: (reason: Extract<Reason, { readonly kind: Kind }>) => string };

const sentences: Sentences = {
  'rate-limit': ({ window }) =>
    window === undefined ? 'The upstream’s rate limit is reached' : `The upstream’s limit “${window}” is reached`,
  overloaded: () => 'The upstream is overloaded',
  unreachable: ({ detail }) => `The upstream cannot be reached (${detail})`,
  slow: ({ firstByteMs }) => `The upstream takes ${Math.round(firstByteMs / 1_000)} s to begin its answers`,
  'credential-rejected': () => 'The upstream rejected the credential',
  'sign-in-ended': ({ detail }) => detail,
  'renewal-waits': ({ detail }) => `The sign-in cannot be renewed now: ${detail}`,
  'account-blocked': () => 'The upstream has blocked the account or its credit is used up',
  paused: () => 'Its owner paused it',
  'subscription-ended': ({ at }) => `Its subscription ended on ${new Date(at).toISOString().slice(0, 10)}`,
  'cap-reached': ({ cap }) => `Its owner’s cap is reached: ${cap}`,
};
