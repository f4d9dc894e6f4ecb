import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { gated } from '../support/fake-anthropic/faults.ts';
import { Gate } from '../support/fake-anthropic/gate.ts';
import { RawConnection } from '../support/raw-http.ts';
import { hello, TestApp } from '../support/test-app.ts';

test('a disabled or expired key is told so at once, in a way that is not worth retrying', async () => {
  await using relay = await TestApp.start();
  const { keyRepository } = relay.app.parts;
  await keyRepository.update(relay.keyId, { isEnabled: false });
  const disabled = await relay.messages();
  expect(disabled.json()).toMatchObject({
    type: 'error',
    error: { type: 'authentication_error', message: expect.stringContaining('disabled') },
  });
  expect(disabled.header('x-should-retry')).toBe('false');
  await keyRepository.update(relay.keyId, { isEnabled: true, expiresAt: Date.now() - 1 });
  expect((await relay.messages()).json()).toMatchObject({ error: { message: expect.stringContaining('expired') } });
  expect(relay.upstream.requests).toHaveLength(0);
});

test('a key may use its models only, whatever their letter case', async () => {
  await using relay = await TestApp.start({ key: { models: ['claude-haiku-*'] } });
  const reply = await relay.messages();
  expect(reply.status).toBe(403);
  expect(reply.json()).toMatchObject({
    error: { type: 'permission_error', message: expect.stringContaining('claude-haiku-*') },
  });
  expect((await relay.messages({ ...hello, model: 'Claude-HAIKU-4-5' })).status).toBe(200);
  const models = await relay.request({ path: '/v1/models', headers: relay.headers() });
  expect(models.text).not.toContain('opus');
});

test('a key’s concurrency is exact, and its slots come back', async () => {
  await using relay = await TestApp.start({ key: { maxConcurrent: 2 }, config: { limits: { keyWaitMs: 0 } } });
  const gate = new Gate();
  relay.upstream.answer(({ request }) =>
    request.method === 'POST' ? gated(says('held'), { 'before-content': gate }) : undefined,
  );
  const running = await Promise.all(
    [0, 1].map(async (count) => {
      const client = await RawConnection.open(relay.port);
      await relay.send(client);
      await relay.upstream.call(count + 1);
      return client;
    }),
  );
  const refused = await relay.messages();
  expect(refused.status).toBe(429);
  expect(refused.header('retry-after')).toBe('1');
  gate.open();
  for (const client of running) expect((await client.reply()).status).toBe(200);
  expect((await relay.messages()).status).toBe(200);
});

test('D23 log-canary: no secret is in any file of the data folder or any answer', async () => {
  const canary = 'CANARYsecretCANARY';
  await using relay = await TestApp.start({ account: { secretText: `sk-ant-${canary}`, proxy: undefined } });
  relay.upstream.script([refuses(400, { message: `your key sk-ant-${canary} is odd` }), says(`echo ${canary}`)]);
  await relay.messages();
  await relay.messages(
    { ...hello, messages: [{ role: 'user', content: `prompt ${canary}` }] },
    { cookie: `c=${canary}` },
  );
  await relay.request({
    method: 'POST',
    path: `/v1/messages?key=${canary}`,
    body: `{"broken ${canary}`,
    headers: relay.headers(),
  });
  await relay.request({ path: `/nowhere?key=${canary}`, headers: { 'x-api-key': `wsk_${canary}${canary}` } });
  const admin = { authorization: `Bearer ${relay.app.controlToken}` };
  for (const path of ['status', 'accounts', 'keys', 'usage']) {
    const reply = await relay.request({ path: `/admin/api/${path}`, headers: admin });
    expect(reply.status).toBe(200);
    expect(reply.text).not.toContain(canary);
    expect(reply.text).not.toContain(relay.secret);
  }
  await relay.app.stop();
  for (const file of filesUnder(relay.dataDir)) {
    const bytes = readFileSync(file);
    expect([file, bytes.includes(canary), bytes.includes(relay.secret)]).toEqual([file, false, false]);
  }
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}
