import * as z from 'zod';
import type { Headers } from '../../domain/headers.ts';
import { classify } from '../anthropic/errors.ts';
import { anthropicBaseUrl } from '../anthropic/index.ts';
import { readLimits } from '../anthropic/limits.ts';
import { buildMessagesRequest } from '../anthropic/request.ts';
import { baseUrl, originOf } from '../base-url.ts';
import { oauthTable } from '../oauth-table.ts';
import type { Provider, UpstreamCall } from '../provider.ts';
import { type ClaudeSecret, claudeSecret, setupTokenFromText } from './credential.ts';
import { claudeLogin, claudeRenewal } from './sign-in.ts';

const settings = z
  .strictObject({
    baseUrl: baseUrl
      .optional()
      .meta({ title: 'Address', description: `Leave empty for ${anthropicBaseUrl}.`, examples: [anthropicBaseUrl] }),
  })
  .meta({
    title: 'Claude subscription',
    description: 'A Pro, Max, Team or Enterprise sign-in, for Claude Code alone.',
  });

type Settings = z.infer<typeof settings>;

export const claudeSubscription: Provider<Settings, ClaudeSecret> = {
  id: 'claude-subscription',
  label: 'Claude subscription',
  routes: ['messages', 'count-tokens'],
  models: ['claude-*'],
  settings,
  secret: claudeSecret,
  secretFromText: setupTokenFromText,
  forwardsClientCredential: false,
  login: claudeLogin,
  renewal: claudeRenewal,
  onlyClient: 'claude-code',
  origin: (account) => originOf(account.baseUrl ?? anthropicBaseUrl),
  buildRequest: (call) =>
    buildMessagesRequest(call, call.settings.baseUrl ?? anthropicBaseUrl, {
      authorization: `Bearer ${call.secret.accessToken}`,
      'anthropic-beta': withCapability(call),
    }),
  classify,
  readLimits,
};

/** The client's own betas as they came, and the one that belongs to our credential. */
function withCapability({ headers, endpoints }: UpstreamCall): string | undefined {
  const own = headers['anthropic-beta'];
  const capability = (endpoints ?? oauthTable['claude-subscription']).capability;
  if (capability === undefined || namesOf(own).includes(capability)) return own;
  return own === undefined || own === '' ? capability : `${own},${capability}`;
}

function namesOf(betas: Headers[string]): readonly string[] {
  return betas?.split(',').map((name) => name.trim()) ?? [];
}
