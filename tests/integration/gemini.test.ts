import { expect, test } from 'vitest';
import { says as claudeSays } from '../support/fake-anthropic/answers.ts';
import { says } from '../support/fake-gemini/answers.ts';
import { FakeGemini } from '../support/fake-gemini/fake-gemini.ts';
import { addGemini } from '../support/gemini-accounts.ts';
import { TestApp } from '../support/test-app.ts';

const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] });

async function withGemini(run: (relay: TestApp, fake: FakeGemini) => Promise<void>): Promise<void> {
  await using relay = await TestApp.start({ upstreams: 0 });
  await using fake = await FakeGemini.start();
  await addGemini(relay, fake);
  await run(relay, fake);
}

test.each(['?alt=sse', ''])('a stream of Gemini passes byte for byte (%s), metered to the token', async (query) => {
  await withGemini(async (relay, fake) => {
    fake.script([says('Grüße, 世界', { thoughts: 'hm' })]);
    const path = `/v1beta/models/gemini-3.8-flash:streamGenerateContent${query}`;
    const headers = { 'content-type': 'application/json', 'x-goog-api-key': relay.secret };
    const reply = await relay.request({ method: 'POST', path, headers, body });
    expect(reply.status).toBe(200);
    expect(reply.header('content-type')).toContain(query ? 'text/event-stream' : 'application/json');
    if (!query) expect(JSON.parse(reply.text)).toBeInstanceOf(Array);
    await Promise.all(fake.calls.map(({ ended }) => ended));
    const charged = fake.ledger.entries().at(-1)?.charged;
    expect((await relay.rows())[0]).toMatchObject({
      status: 'completed',
      basis: 'reported',
      inputTokens: charged?.inputTokens,
      outputTokens: charged?.outputTokens,
    });
  });
});

test('a key in the query opens Gemini’s paths only, and goes nowhere', async () => {
  await withGemini(async (relay, fake) => {
    const path = `/v1beta/models/gemini-3.8-flash:generateContent?key=${relay.secret}`;
    const reply = await relay.request({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body });
    expect(reply.status).toBe(200);
    expect(fake.calls[0]?.path).not.toContain('key=');
    expect(JSON.stringify(fake.calls[0]?.rawHeaders)).not.toContain('wsk_');
  });
});

test('a client that asks for a growing array gets one from an Anthropic account too', async () => {
  await using relay = await TestApp.start({ account: { modelMap: { 'gemini-*': 'claude-sonnet-4-5' } } });
  relay.upstream.script([claudeSays('from far away')]);
  const path = '/v1beta/models/gemini-3.8-flash:streamGenerateContent';
  const headers = { 'content-type': 'application/json', 'x-goog-api-key': relay.secret };
  const reply = await relay.request({ method: 'POST', path, headers, body });
  expect(reply.status).toBe(200);
  expect(reply.header('content-type')).toContain('application/json');
  expect(JSON.parse(reply.text)).toBeInstanceOf(Array);
});
