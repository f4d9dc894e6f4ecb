import { expect, test } from 'vitest';
import { newPkce } from '../../../app/providers/pkce.ts';
import { FakeOAuth } from './fake-oauth.ts';
import { tooMany } from './faults.ts';

const redirect = 'http://127.0.0.1:9/callback';

function authorizeUrl(fake: FakeOAuth, challenge: string, redirectUri = redirect): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'client',
    redirect_uri: redirectUri,
    scope: 'one two',
    state: 'state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  return `${fake.endpoints.authorizeUrl}?${query}`;
}

function ask(fake: FakeOAuth, fields: Record<string, string>): Promise<Response> {
  return fetch(fake.endpoints.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'client', ...fields }),
  });
}

test('a code is good once, and only with its proof key and its address', async () => {
  await using fake = await FakeOAuth.start();
  const { verifier, challenge } = newPkce();
  for (const wrong of [{ code_verifier: 'other' }, { redirect_uri: 'http://127.0.0.1:8/callback' }, {}]) {
    const back = new URL(await fake.consent(authorizeUrl(fake, challenge)));
    expect(back.searchParams.get('state')).toBe('state');
    const question = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: redirect,
      code_verifier: verifier,
      ...wrong,
    };
    const answer = await ask(fake, question);
    expect(answer.status).toBe('code_verifier' in wrong || 'redirect_uri' in wrong ? 400 : 200);
    expect((await ask(fake, question)).status).toBe(400);
  }
});

test('a code to paste is shown with its state', async () => {
  await using fake = await FakeOAuth.start();
  const shown = await fake.consent(authorizeUrl(fake, newPkce().challenge, fake.endpoints.pasteRedirect));
  expect(shown).toMatch(/^code-[0-9a-f-]+#state$/);
});

test('a refresh token is spent by using it, and access tokens end', async () => {
  let now = 1_000;
  await using fake = await FakeOAuth.start({ now: () => now, lifetimeMs: 5_000 });
  const first = fake.issue();
  const question = { grant_type: 'refresh_token', refresh_token: first.refreshToken };
  const answer = await ask(fake, question);
  expect(await answer.json()).toMatchObject({ expires_in: 5, refresh_token: expect.stringContaining('refresh-2') });
  expect((await ask(fake, question)).status).toBe(400);
  expect(fake.isGood(first.accessToken)).toBe(true);
  now += 5_000;
  expect(fake.isGood(first.accessToken)).toBe(false);
  expect(fake.refreshes.map(({ status }) => status)).toEqual([200, 400]);
});

test('faults come in their order, once', async () => {
  await using fake = await FakeOAuth.start({ rotates: false });
  const { refreshToken } = fake.issue();
  const question = { grant_type: 'refresh_token', refresh_token: refreshToken };
  fake.script(tooMany(60), { kind: 'lose-answer' });
  const refused = await ask(fake, question);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
  await expect(ask(fake, question)).rejects.toThrow();
  expect((await ask(fake, question)).status).toBe(200);
  expect(fake.requests.map(({ status }) => status)).toEqual([429, 0, 200]);
});
