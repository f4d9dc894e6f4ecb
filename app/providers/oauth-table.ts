import * as z from 'zod';
import type { OAuthEndpoints } from './oauth.ts';

/** Providers whose accounts a person signs in to. */
export const oauthProviderIds = ['claude-subscription', 'codex-subscription', 'gemini-code-assist'] as const;
export type OAuthProviderId = (typeof oauthProviderIds)[number];

/** The row of the settings that holds the owner's own values, as JSON. */
export const oauthSetting = 'oauth.endpoints';

/**
 * How each vendor's own command-line tool signs in, as published with it. Nothing here is secret: an installed program
 * cannot keep a secret, which is what PKCE is for (RFC 8252, 8.5).
 */
export const oauthTable: Readonly<Record<OAuthProviderId, OAuthEndpoints>> = {
  'claude-subscription': {
    authorizeUrl: 'https://claude.com/cai/oauth/authorize',
    tokenUrl: 'https://platform.claude.com/v1/oauth/token',
    profileUrl: 'https://api.anthropic.com/api/oauth/profile',
    clientId: '9d1c250a-e61b-44d9-88ed-5944d1962f5e',
    scopes: ['user:profile', 'user:inference', 'user:sessions:claude_code', 'user:mcp_servers', 'user:file_upload'],
    setupScopes: ['user:inference'],
    capability: 'oauth-2025-04-20',
    pasteRedirect: 'https://platform.claude.com/oauth/code/callback',
    loopback: { host: 'localhost', path: '/callback', ports: [] },
  },
  'codex-subscription': {
    authorizeUrl: 'https://auth.openai.com/oauth/authorize',
    tokenUrl: 'https://auth.openai.com/oauth/token',
    profileUrl: 'https://chatgpt.com/backend-api/wham/usage',
    clientId: 'app_EMoamEEZ73f0CkXaXp7hrann',
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    loopback: { host: 'localhost', path: '/auth/callback', ports: [1455, 1457] },
  },
  'gemini-code-assist': {
    authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    profileUrl: 'https://www.googleapis.com/oauth2/v2/userinfo',
    clientId: '681255809395-oo8ft2oprdrnp9e3aqf6av3hmdib135j.apps.googleusercontent.com',
    // NOTE: of an installed app, published in the vendor's own source; "obviously not treated as a secret" (its words).
    clientSecret: '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',
    scopes: [
      'https://www.googleapis.com/auth/cloud-platform',
      'https://www.googleapis.com/auth/userinfo.email',
      'https://www.googleapis.com/auth/userinfo.profile',
    ],
    pasteRedirect: 'https://codeassist.google.com/authcode',
    loopback: { host: '127.0.0.1', path: '/oauth2callback', ports: [] },
  },
};

const text = z.string().trim().min(1, 'must not be empty').max(2_048, 'is too long');
const url = text.refine(isSafeUrl, 'must begin with https:// (http:// only on this computer: 127.0.0.1 or localhost)');
const scopes = z.array(text).min(1).max(50);

const override = z
  .strictObject({
    authorizeUrl: url,
    tokenUrl: url,
    profileUrl: url,
    clientId: text,
    clientSecret: text,
    scopes,
    setupScopes: scopes,
    capability: text,
    pasteRedirect: url,
    loopback: z.strictObject({
      host: z.enum(['localhost', '127.0.0.1']),
      path: text.regex(/^\/[!-~]*$/, 'must begin with /'),
      ports: z.array(z.int().min(1).max(65_535)).max(10),
    }),
  })
  .partial();

/** What the owner's settings say, field by field; what they do not name stays as the table has it. */
export const oauthOverrides = z.strictObject({
  'claude-subscription': override.optional(),
  'codex-subscription': override.optional(),
  'gemini-code-assist': override.optional(),
});
export type OAuthOverrides = z.output<typeof oauthOverrides>;

/** Undefined for providers that nobody signs in to. */
export function endpointsOf(provider: string, overrides: OAuthOverrides = {}): OAuthEndpoints | undefined {
  const id = oauthProviderIds.find((known) => known === provider);
  return id && merge(oauthTable[id], overrides[id] ?? {});
}

function merge(known: OAuthEndpoints, named: z.output<typeof override>): OAuthEndpoints {
  return {
    ...known,
    ...named,
    authorizeUrl: named.authorizeUrl ?? known.authorizeUrl,
    tokenUrl: named.tokenUrl ?? known.tokenUrl,
    clientId: named.clientId ?? known.clientId,
    scopes: named.scopes ?? known.scopes,
    loopback: named.loopback ?? known.loopback,
  };
}

/** A token in the clear on a network is everybody's. */
export function isSafeUrl(address: string): boolean {
  const parsed = URL.parse(address);
  if (parsed?.username !== '' || parsed.password !== '') return false;
  return parsed.protocol === 'https:' || isLoopbackHttp(parsed);
}

export function isLoopbackHttp({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
