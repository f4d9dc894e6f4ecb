import { RelayError } from '../domain/errors.ts';
import type { AccountDeps, OAuthLogin } from '../providers/oauth.ts';
import { NoAnswer } from './control-plane.ts';

/** The whole secret of somebody who has just signed in. Throws `RelayError` with a sentence for that person. */
export async function completeLogin(login: OAuthLogin, secret: unknown, deps: AccountDeps): Promise<unknown> {
  const answer = await login.complete?.(secret, deps).catch((error: unknown) => {
    if (error instanceof NoAnswer) return { kind: 'later', detail: error.message } as const;
    throw error;
  });
  if (!answer) return secret;
  if (answer.kind === 'renewed') return answer.secret;
  const next = answer.kind === 'later' ? ' Start the sign-in again in a moment.' : '';
  throw new RelayError('request-invalid', `The account was not saved: ${answer.detail.replace(/\.$/, '')}.${next}`);
}
