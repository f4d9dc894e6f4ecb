import { describe, expect, test } from 'vitest';
import type { AccountDeps, ControlReply, ControlRequest } from '../oauth.ts';
import { oauthTable } from '../oauth-table.ts';
import { codeAssistSecret, readCliLogin, secretFromText } from './credential.ts';
import { login, renewal } from './login.ts';
import { onboard } from './onboarding.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const endpoints = oauthTable['gemini-code-assist'];
const scope = endpoints.scopes.join(' ');
const secret = { accessToken: 'ya29.made-up', refreshToken: '1//made-up', expiresAt: nowMs + 3_600_000 };

type Scripted = readonly [status: number, body: unknown];

function answering(...script: readonly Scripted[]) {
  const asked: ControlRequest[] = [];
  const send = async (request: ControlRequest): Promise<ControlReply> => {
    const [status, body] = script[Math.min(asked.push(request), script.length) - 1] ?? [500, ''];
    return { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) };
  };
  const deps: AccountDeps = { endpoints, send, nowMs, settings: { baseUrl: 'http://127.0.0.1:9000/v1internal' } };
  return { asked, deps, bodies: () => asked.map(({ body }) => JSON.parse(body ?? 'null')) };
}

describe('signing in', () => {
  const answer = {
    code: '4/made-up',
    state: 's',
    redirectUri: 'http://127.0.0.1:4567/oauth2callback',
    codeVerifier: 'verifier',
    isSetupToken: false,
  };

  test('begins at Google’s page, and asks for a token that can be renewed', () => {
    const { redirectUri } = answer;
    const ask = { endpoints, redirectUri, state: 's/t=1', codeChallenge: 'challenge', isSetupToken: false };
    const url = new URL(login.authorizeUrl(ask));
    expect(url.origin + url.pathname).toBe(endpoints.authorizeUrl);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: endpoints.clientId,
      redirect_uri: redirectUri,
      scope,
      code_challenge: 'challenge',
      code_challenge_method: 'S256',
      state: 's/t=1',
      access_type: 'offline',
      prompt: 'consent',
    });
  });

  test('exchanges the code with a form', async () => {
    const granted = { access_token: 'ya29.made-up', refresh_token: '1//made-up', expires_in: 3_600, scope };
    const { asked, deps } = answering([200, granted]);
    expect(await login.finish(answer, deps)).toEqual(secret);
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      grant_type: 'authorization_code',
      code: '4/made-up',
      redirect_uri: answer.redirectUri,
      code_verifier: 'verifier',
      client_id: endpoints.clientId,
      client_secret: endpoints.clientSecret,
    });
  });

  test('says when a box was left unticked, when the code is spent, and when nobody answers', async () => {
    const granted = { access_token: 'ya29.made-up', scope: endpoints.scopes.slice(1).join(' ') };
    await expect(login.finish(answer, answering([200, granted]).deps)).rejects.toThrow(/tick each/);
    const spent = answering([400, { error: 'invalid_grant', error_description: '4/made-up' }]).deps;
    await expect(login.finish(answer, spent)).rejects.toThrow(/invalid_grant\).*Start the sign-in again/);
    const unreachable = { ...answering().deps, send: () => Promise.reject(new Error('refused')) };
    await expect(login.finish(answer, unreachable)).rejects.toThrow(/could not be reached/);
  });

  test('tells who signed in, as far as it may be shown', async () => {
    const { deps } = answering([200, { email: 'jane.doe@example.com' }]);
    expect(await login.readProfile?.({ ...secret, plan: 'Free' }, deps)).toEqual({
      plan: 'Free',
      email: 'j•••@example.com',
    });
    await expect(login.readProfile?.(secret, answering([401, {}]).deps)).rejects.toThrow(/HTTP 401/);
  });
});

describe('renewing', () => {
  test('keeps the refresh token and the project, because Google names neither again', async () => {
    const { asked, deps } = answering([200, { access_token: 'ya29.next', expires_in: 3_599 }]);
    const before = { ...secret, project: 'p-7', tier: 'free-tier' };
    expect(await renewal.renew(before, deps)).toEqual({
      kind: 'renewed',
      secret: { ...before, accessToken: 'ya29.next', expiresAt: nowMs + 3_599_000 },
    });
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: '1//made-up',
      client_secret: endpoints.clientSecret,
    });
  });

  test('takes a new refresh token when there is one', async () => {
    const { deps } = answering([200, { access_token: 'ya29.next', refresh_token: '1//next' }]);
    expect(await renewal.renew(secret, deps)).toMatchObject({ secret: { refreshToken: '1//next' } });
  });

  test.each([
    [400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }, 'rejected'],
    [503, '<html>', 'later'],
    [429, { error: 'rate_limit_exceeded' }, 'later'],
    [401, { error: 'unauthorized' }, 'rejected'],
  ])('HTTP %i with %j means %s', async (status, body, kind) => {
    expect((await renewal.renew(secret, answering([status, body]).deps)).kind).toBe(kind);
  });

  test('is due at once for a login without a project, and impossible without what renews it', async () => {
    const { refreshToken: _, ...lent } = secret;
    expect([renewal.expiresAt(secret), renewal.canRenew(secret)]).toEqual([0, true]);
    expect([renewal.expiresAt(lent), renewal.canRenew(lent)]).toEqual([secret.expiresAt, false]);
    expect(renewal.expiresAt({ ...secret, project: 'p-7' })).toBe(secret.expiresAt);
    expect((await renewal.renew(lent, answering().deps)).kind).toBe('rejected');
  });
});

describe('the login of Gemini CLI on this computer', () => {
  const file = {
    access_token: 'ya29.made-up',
    refresh_token: '1//made-up',
    scope,
    token_type: 'Bearer',
    id_token: 'made.up.token',
    expiry_date: secret.expiresAt,
  };

  test('is lent without what renews it, and handed over with it', () => {
    const text = JSON.stringify(file, undefined, 2);
    const { refreshToken: _, ...lent } = secret;
    expect(readCliLogin(text)).toEqual(lent);
    expect(codeAssistSecret.parse(secretFromText(text))).toEqual(secret);
  });

  test('may lack all but the token', () => {
    expect(readCliLogin('{"access_token":"a","refresh_token":null,"expiry_date":"soon"}')).toEqual({
      accessToken: 'a',
    });
  });

  test.each(['', '{}', '[]', 'ya29.made-up', '{"access_token":""}', '{"access_token":"a b"}', '{"access_token":7}'])(
    '%j is none',
    (text) => {
      expect(readCliLogin(text)).toBeUndefined();
      const { error } = codeAssistSecret.safeParse(secretFromText(text));
      expect(error?.issues[0]?.message).toMatch(/oauth_creds\.json/);
    },
  );
});

describe('onboarding', () => {
  const free = { id: 'free-tier', name: 'Gemini Code Assist for individuals' };
  const complete = async (deps: AccountDeps) => await login.complete?.(secret, deps);
  const ready = (fields: object) => ({ kind: 'renewed', secret: { ...secret, ...fields } });

  test('asks once: who has a project is not asked for it again', async () => {
    const { asked, deps } = answering();
    const whole = { ...secret, project: 'p-7' };
    expect(await login.complete?.(whole, deps)).toEqual({ kind: 'renewed', secret: whole });
    expect(asked).toEqual([]);
  });

  test('of somebody who has a tier ends with what Google says', async () => {
    const said = { currentTier: free, paidTier: { id: 'g1-pro', name: 'AI Pro' }, cloudaicompanionProject: 'p-7' };
    const { asked, deps, bodies } = answering([200, said]);
    expect(await complete(deps)).toEqual(ready({ project: 'p-7', tier: 'g1-pro', plan: 'AI Pro' }));
    expect(asked[0]).toMatchObject({
      url: 'http://127.0.0.1:9000/v1internal:loadCodeAssist',
      headers: { authorization: 'Bearer ya29.made-up' },
    });
    expect(bodies()[0].cloudaicompanionProject).toBeUndefined();
  });

  test('of somebody new waits for the operation, and names no project for the free tier', async () => {
    const { asked, deps, bodies } = answering(
      [200, { allowedTiers: [{ id: 'standard-tier' }, { ...free, isDefault: true }] }],
      [200, { name: 'operations/o.1' }],
      [200, { name: 'operations/o.1', done: true, response: { cloudaicompanionProject: { id: 'p-7', name: 'p' } } }],
    );
    const own = { ...deps, settings: { baseUrl: 'http://127.0.0.1:9000', project: 'my-project-8' } };
    expect(await complete(own)).toEqual(ready({ project: 'p-7', tier: 'free-tier', plan: free.name }));
    expect(asked.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'POST /v1internal:loadCodeAssist',
      'POST /v1internal:onboardUser',
      'GET /v1internal/operations/o.1',
    ]);
    expect(bodies()[1]).toEqual({
      tierId: 'free-tier',
      metadata: { ideType: 'IDE_UNSPECIFIED', platform: 'PLATFORM_UNSPECIFIED', pluginType: 'GEMINI' },
    });
  });

  test('names the owner’s project where the tier needs one', async () => {
    const { deps, bodies } = answering(
      [200, { allowedTiers: [{ id: 'standard-tier', isDefault: true, userDefinedCloudaicompanionProject: true }] }],
      [200, { done: true }],
    );
    const settings = { project: 'my-project-8' };
    expect(await complete({ ...deps, settings })).toEqual(ready({ project: 'my-project-8', tier: 'standard-tier' }));
    expect(bodies().map(({ cloudaicompanionProject }) => cloudaicompanionProject)).toEqual([
      'my-project-8',
      'my-project-8',
    ]);
  });

  test.each<[string, Scripted, RegExp]>([
    ['a project is missing', [200, { currentTier: { id: 'standard-tier' } }], /--set project=ID/],
    [
      'the account is not eligible',
      [200, { ineligibleTiers: [{ reasonMessage: 'Your location is not supported.' }] }],
      /does not give this account Code Assist\. Your location is not supported\./,
    ],
    [
      'its owner has to prove something',
      [200, { ineligibleTiers: [{ reasonMessage: 'Verify.', validationUrl: 'https://accounts.google.com/signin' }] }],
      /Verify\. See: https:\/\/accounts\.google\.com\/signin/,
    ],
    ['the lent login has ended', [401, {}], /start that once/],
    ['Google forbids it', [403, { error: { message: 'The account is disabled.' } }], /The account is disabled\./],
  ])('when %s, its owner is told', async (_, answer, detail) => {
    expect(await complete(answering(answer).deps)).toEqual({
      kind: 'rejected',
      detail: expect.stringMatching(detail),
    });
  });

  test.each<[string, Scripted]>([
    ['is not well', [503, '<html>']],
    ['says what nobody can read', [200, '[]']],
  ])('waits when Code Assist %s', async (_, answer) => {
    expect(await complete(answering(answer).deps)).toMatchObject({ kind: 'later', retryAfterMs: 5_000 });
  });

  test('gives up on an operation that takes too long; the next renewal goes on', async () => {
    const { asked, deps } = answering(
      [200, { allowedTiers: [{ ...free, isDefault: true }] }],
      [200, { name: 'operations/o.1' }],
    );
    const ask = { base: 'http://127.0.0.1:9000', accessToken: 'a', ownProject: undefined, send: deps.send };
    expect(await onboard({ ...ask, pausesMs: [0, 0] })).toMatchObject({ kind: 'later' });
    expect(asked).toHaveLength(4);
  });

  test('A16 upstream-origin: an operation’s name cannot lead anywhere else', async () => {
    const { asked, deps } = answering(
      [200, { allowedTiers: [{ ...free, isDefault: true }] }],
      [200, { name: '../../evil?x=' }],
    );
    expect(await complete(deps)).toMatchObject({ kind: 'later' });
    expect(asked).toHaveLength(2);
  });
});
