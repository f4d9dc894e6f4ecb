/** What Codex 0.169 says of itself in a session. */
export const codexHeaders: Readonly<Record<string, string>> = {
  'user-agent': 'codex_exec/0.169.0 (Debian 12.0.0; x86_64) unknown (codex_exec; 0.169.0)',
  originator: 'codex_exec',
  'session-id': '0b9f5c1e-2222-4333-8444-555566667777',
};

export interface LoginFields {
  readonly accessToken?: string;
  readonly refreshToken?: string;
  readonly accountId?: string;
}

/** The text of Codex's `auth.json` after it signed in with ChatGPT. */
export function chatGPTLogin(fields: LoginFields = {}): string {
  const { accessToken = 'at-made-up', refreshToken = 'rt-made-up', accountId = 'acct-made-up' } = fields;
  const tokens = { access_token: accessToken, refresh_token: refreshToken, account_id: accountId };
  return JSON.stringify({ auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens });
}

/** What ChatGPT's authorization server says beside the tokens. */
export function identityToken(accountId = 'acct-made-up'): string {
  const claims = { 'https://api.openai.com/auth': { chatgpt_account_id: accountId, chatgpt_plan_type: 'plus' } };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}
