import { expect, test } from 'vitest';
import { says as claudeSays } from '../support/fake-anthropic/answers.ts';
import { says } from '../support/fake-gemini/answers.ts';
import { FakeGemini } from '../support/fake-gemini/fake-gemini.ts';
import { TestApp } from '../support/test-app.ts';

const wrapper = {
  model: 'gemini-3.8-flash',
  project: 'waystation',
  user_prompt_id: 'prompt-1',
  request: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], session_id: 'session-1' },
};

async function withGemini(run: (relay: TestApp, fake: FakeGemini) => Promise<void>): Promise<void> {
  await using relay = await TestApp.start({ upstreams: 0 });
  await using fake = await FakeGemini.start();
  await relay.app.parts.accountRepository.create({
    name: 'gemini',
    provider: 'gemini',
    settings: { baseUrl: fake.url },
    secretText: 'AIzaMadeUpMadeUpMadeUpMadeUpMadeUpMadeU',
    allowLocalUpstream: true,
  });
  await relay.app.parts.accounts.reload();
  await run(relay, fake);
}

function post(relay: TestApp, path: string, body: unknown = wrapper) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${relay.secret}` };
  return relay.request({ method: 'POST', path, headers, body: JSON.stringify(body) });
}

test('try', async () => {
  await withGemini(async (relay, fake) => {
    fake.script([says('Grüße, \u2028 世界', { thoughts: 'hm' }), says('whole')]);
    const reply = await post(relay, '/v1internal:streamGenerateContent?alt=sse');
    console.log(reply.status, reply.text);
    const whole = await post(relay, '/gemini/v1internal:generateContent');
    console.log(whole.status, whole.text);
    const count = await post(relay, '/gemini/v1internal:countTokens', {
      request: { model: 'models/gemini-3.8-flash', contents: wrapper.request.contents },
    });
    console.log(count.status, count.text);
    console.log(JSON.stringify(fake.requests.map((r) => [r.path, Buffer.from(r.body).toString()])));
    console.log(await relay.rows());
    for (const verb of [
      'loadCodeAssist',
      'onboardUser',
      'retrieveUserQuota',
      'listExperiments',
      'recordCodeAssistMetrics',
    ]) {
      const r = await post(relay, `/v1internal:${verb}`, {});
      console.log(verb, r.status, r.text.slice(0, 400));
    }
  });
  await using relay = await TestApp.start({ account: { modelMap: { 'gemini-*': 'claude-sonnet-4-5' } } });
  relay.upstream.script([claudeSays('from far away'), claudeSays('from far away')]);
  const r = await post(relay, '/v1internal:streamGenerateContent?alt=sse');
  console.log(r.status, r.text);
  const w = await post(relay, '/v1internal:generateContent?alt=sse');
  console.log(w.status, w.text);
});
