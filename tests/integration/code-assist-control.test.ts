import { describe, expect, test } from 'vitest';
import { FakeCodeAssist } from '../support/fake-code-assist/fake-code-assist.ts';
import { addCodeAssist, geminiCliAgent } from '../support/gemini-accounts.ts';
import { type Reply, TestApp } from '../support/test-app.ts';

const verbs = [
  'loadCodeAssist',
  'onboardUser',
  'retrieveUserQuota',
  'listExperiments',
  'fetchAdminControls',
  'recordCodeAssistMetrics',
] as const;

/** What Gemini CLI asks before its first prompt, with the project that it was told or that it brings. */
function ask(relay: TestApp, path: string, secret = relay.secret): Promise<Reply> {
  const isLook = path.includes('/operations/');
  const headers = {
    authorization: `Bearer ${secret}`,
    'user-agent': geminiCliAgent,
    ...(isLook ? {} : { 'content-type': 'application/json' }),
  };
  const body = JSON.stringify({ project: 'waystation', metadata: { duetProject: 'waystation' } });
  return relay.request({ method: isLook ? 'GET' : 'POST', path, headers, ...(isLook ? {} : { body }) });
}

async function answersOf(relay: TestApp, prefix = ''): Promise<Record<string, unknown>> {
  const answers: [string, unknown][] = [];
  for (const verb of verbs) {
    const reply = await ask(relay, `${prefix}/v1internal:${verb}`);
    expect([verb, reply.status, reply.header('content-type')]).toEqual([verb, 200, 'application/json']);
    answers.push([verb, reply.json()]);
  }
  return Object.fromEntries(answers);
}

describe('for a key that any account may serve', () => {
  test('Waystation says what is true here: a tier and a project of its own, and no numbers', async () => {
    await using relay = await TestApp.start({
      account: { models: ['gemini-3.8-flash', 'gemini-*-preview', 'claude-*'] },
      key: { models: ['gemini-*'] },
    });
    const onboarded = {
      name: 'operations/waystation',
      done: true,
      response: { cloudaicompanionProject: { id: 'waystation', name: 'waystation' } },
    };
    for (const prefix of ['', '/api', '/gemini']) {
      expect(await answersOf(relay, prefix)).toMatchObject({
        loadCodeAssist: {
          currentTier: { id: 'standard-tier', name: 'Waystation' },
          cloudaicompanionProject: 'waystation',
        },
        onboardUser: onboarded,
        retrieveUserQuota: {
          buckets: expect.arrayContaining([{ modelId: 'gemini-3.8-flash', tokenType: 'REQUESTS' }]),
        },
        listExperiments: { experimentIds: [], flags: [] },
        fetchAdminControls: { adminControlsApplicable: false },
        recordCodeAssistMetrics: {},
      });
      expect((await ask(relay, `${prefix}/v1internal/operations/waystation`)).json()).toEqual(onboarded);
    }
    const { buckets } = (await ask(relay, '/v1internal:retrieveUserQuota')).json();
    expect(JSON.stringify(buckets)).not.toContain('claude');
    expect(await relay.rows()).toEqual([]);
    expect(relay.upstream.requests).toEqual([]);
  });

  test('no account’s project is told, not even that of the only one', async () => {
    await using relay = await TestApp.start({ upstreams: 0 });
    await using fake = await FakeCodeAssist.start();
    await addCodeAssist(relay, fake);
    expect(JSON.stringify(await answersOf(relay))).not.toContain(fake.project);
    expect(fake.requests).toEqual([]);
  });
});

test('for a key that is bound to an account of Code Assist, that account’s upstream answers', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  await using fake = await FakeCodeAssist.start({ person: { buckets: [{ modelId: 'gemini-3.8-pro' }] } });
  const accountId = await addCodeAssist(relay, fake);
  const { secret } = await relay.app.parts.keyRepository.create({ name: 'bound', accountId, models: ['gemini-*'] });
  const loaded = await ask(relay, '/v1internal:loadCodeAssist', secret);
  expect(loaded.json()).toMatchObject({ currentTier: { id: 'free-tier' }, cloudaicompanionProject: fake.project });
  expect((await ask(relay, '/gemini/v1internal:retrieveUserQuota', secret)).json()).toEqual({
    buckets: [{ modelId: 'gemini-3.8-pro' }],
  });
  expect((await ask(relay, '/v1internal/operations/made-up.17', secret)).json()).toMatchObject({ done: true });
  expect(fake.verbs()).toEqual(['loadCodeAssist', 'retrieveUserQuota', 'operations']);
  expect(fake.requests[0]?.json()).toEqual({ project: fake.project, metadata: { duetProject: fake.project } });
  expect(await relay.rows()).toMatchObject([{ basis: 'none' }, { basis: 'none' }, { basis: 'none' }]);
});

test('what Google refuses to tell of an account is told to the client, and held against nobody', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  await using fake = await FakeCodeAssist.start({ refusedVerbs: ['retrieveUserQuota'] });
  const accountId = await addCodeAssist(relay, fake);
  const { secret } = await relay.app.parts.keyRepository.create({ name: 'bound', accountId, models: ['gemini-*'] });
  const refused = await ask(relay, '/v1internal:retrieveUserQuota', secret);
  expect([refused.status, refused.json()]).toMatchObject([403, { error: { status: 'PERMISSION_DENIED' } }]);
  expect(relay.app.parts.accounts.get(accountId)?.health.state).toBe('active');
});

test('who has no key gets Google’s own shape of error, and so does a method that is not served', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  for (const path of ['/v1internal:loadCodeAssist', '/v1internal:streamGenerateContent?alt=sse']) {
    const refused = await ask(relay, path, 'ya29.of-somebody');
    expect([refused.status, refused.json()]).toMatchObject([401, { error: { code: 401, status: 'UNAUTHENTICATED' } }]);
    const got = await relay.request({ method: 'GET', path, headers: { authorization: `Bearer ${relay.secret}` } });
    expect([got.status, got.json()]).toMatchObject([405, { error: { code: 405 } }]);
  }
});

test('what Code Assist has and Waystation does not is refused by its path', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const reply = await ask(relay, '/v1internal:setCodeAssistGlobalUserSetting');
  expect([reply.status, reply.text]).toEqual([404, expect.stringContaining('does not serve')]);
});
