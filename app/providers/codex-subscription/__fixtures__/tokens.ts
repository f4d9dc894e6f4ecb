/** An unsigned JWT: nothing here checks signatures. */
export function jwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.c2ln`;
}

/** Epoch seconds, in 2027. */
export const expiresAtSeconds = 1_800_000_000;
export const accessToken = jwt({ exp: expiresAtSeconds });
export const idToken = jwt({
  'https://api.openai.com/auth': {
    chatgpt_account_id: 'acct-made-up',
    chatgpt_plan_type: 'plus',
    organizations: [
      { id: 'org-other', is_default: false },
      { id: 'org-own', is_default: true },
    ],
  },
});

/** The text of `~/.codex/auth.json` after `codex login`. */
export const cliLogin = JSON.stringify({
  auth_mode: 'chatgpt',
  OPENAI_API_KEY: null,
  tokens: { id_token: idToken, access_token: accessToken, refresh_token: 'rt-made-up', account_id: 'acct-made-up' },
  last_refresh: '2026-11-20T12:00:00Z',
});

export const secret = {
  accessToken,
  refreshToken: 'rt-made-up',
  accountId: 'acct-made-up',
  plan: 'plus',
  organization: 'org-own',
  expiresAt: expiresAtSeconds * 1_000,
};
