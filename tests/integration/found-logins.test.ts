import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../app/config.ts';
import { asOwner } from '../support/me-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestApp } from '../support/test-app.ts';

const jwt = (claims: unknown) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
const auth = 'https://api.openai.com/auth';

/** A home with the logins of all three tools, as the tools themselves keep them. */
function signedIn(): string {
  const home = temporaryFolder();
  const write = (path: readonly string[], content: unknown) => {
    mkdirSync(join(home, ...path.slice(0, -1)), { recursive: true });
    writeFileSync(join(home, ...path), JSON.stringify(content));
  };
  const tokens = { accessToken: 'made-up', refreshToken: 'made-up', expiresAt: Date.now() + 3_600_000 };
  const tier = { subscriptionType: 'max', rateLimitTier: 'default_claude_max_20x' };
  write(['.claude', '.credentials.json'], { claudeAiOauth: { ...tokens, ...tier } });
  write(['.claude.json'], { oauthAccount: { emailAddress: 'jane.doe@example.com' } });
  const id = { email: 'john@example.com', [auth]: { chatgpt_account_id: 'acc', chatgpt_plan_type: 'plus' } };
  write(['.codex', 'auth.json'], { tokens: { access_token: jwt({}), refresh_token: 'made-up', id_token: jwt(id) } });
  write(['.gemini', 'oauth_creds.json'], { access_token: 'made-up', refresh_token: 'made-up' });
  write(['.gemini', 'google_accounts.json'], { active: 'joan@example.com', old: [] });
  return home;
}

test('a login that lies here says whose it is and of which plan, masked, and nothing else', async () => {
  const { toolPlaces } = loadConfig({ env: { HOME: signedIn() } });
  await using relay = await TestApp.start({ upstreams: 0, config: { toolPlaces } });
  expect(JSON.parse((await asOwner(relay, 'GET', '/found-logins')).text)).toEqual([
    { provider: 'claude-subscription', plan: 'Max 20x', email: 'j•••@example.com' },
    { provider: 'codex-subscription', plan: 'Plus', email: 'j•••@example.com' },
    { provider: 'gemini-code-assist', email: 'j•••@example.com' },
  ]);
});

test('a login without any of that is found all the same', async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, '.claude'));
  const claudeAiOauth = { accessToken: 'made-up', expiresAt: Date.now() + 3_600_000 };
  writeFileSync(join(home, '.claude', '.credentials.json'), JSON.stringify({ claudeAiOauth }));
  writeFileSync(join(home, '.claude.json'), 'no json');
  const { toolPlaces } = loadConfig({ env: { HOME: home } });
  await using relay = await TestApp.start({ upstreams: 0, config: { toolPlaces } });
  expect(JSON.parse((await asOwner(relay, 'GET', '/found-logins')).text)).toEqual([
    { provider: 'claude-subscription' },
  ]);
});
