import { randomUUID } from 'node:crypto';
import type { Account, SignIn } from '../../app/accounts/account.ts';
import type { Parts } from '../../app/parts.ts';
import { oauthSetting } from '../../app/providers/oauth-table.ts';
import { refuses } from './fake-anthropic/answers.ts';
import { FakeAnthropic } from './fake-anthropic/fake-anthropic.ts';
import type { FakeOAuth } from './fake-oauth/fake-oauth.ts';
import type { TokenPair } from './fake-oauth/grants.ts';

/** What Claude Code 2.1.330 says of itself in a session. */
export function claudeCodeHeaders(session: string = randomUUID()): Record<string, string> {
  return {
    'user-agent': 'claude-cli/2.1.330 (external, cli)',
    'x-app': 'cli',
    'x-claude-code-session-id': session,
    'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14',
  };
}

export interface SubscriptionFields {
  readonly name?: string;
  readonly isAccepted?: boolean;
  readonly isShared?: boolean;
  readonly signIn?: SignIn['kind'];
  readonly priority?: number;
}

/** A Claude account whose owner signed in and said yes, on fakes. */
export async function addSubscription(
  { oauth, accountRepository, accounts, settings }: Parts,
  fakes: { readonly oauth: FakeOAuth; readonly upstream: string; readonly pair: TokenPair },
  fields: SubscriptionFields = {},
): Promise<Account> {
  await settings.set(oauthSetting, JSON.stringify({ 'claude-subscription': fakes.oauth.endpoints }));
  await oauth.reload();
  const { accessToken, refreshToken, expiresAt, scope } = fakes.pair;
  const account = await accountRepository.create(
    {
      name: fields.name ?? 'max',
      provider: 'claude-subscription',
      settings: { baseUrl: fakes.upstream },
      allowLocalUpstream: true,
      acceptTerms: fields.isAccepted ?? true,
      isShared: fields.isShared ?? false,
      priority: fields.priority ?? 1,
    },
    {
      secret: { accessToken, refreshToken, expiresAt, scopes: scope.split(' ') },
      signIn: { kind: fields.signIn ?? 'browser' },
    },
  );
  await accounts.reload();
  return account;
}

/** Anthropic's API as it meets a subscription: only tokens that its authorization server holds good. */
export async function startUpstream(oauth: FakeOAuth): Promise<FakeAnthropic> {
  const upstream = await FakeAnthropic.start();
  upstream.answer(({ request }) => (oauth.isGood(request.credential) ? undefined : refuses(401)));
  return upstream;
}
