import { expect, test } from 'vitest';
import { refuses, says } from '../support/fake-anthropic/answers.ts';
import { asOwner } from '../support/me-client.ts';
import { TestApp } from '../support/test-app.ts';

async function accountOf(relay: TestApp): Promise<string> {
  const [account] = await relay.app.parts.accountRepository.list();
  return String(account?.id);
}

test('what a test call costs at most is said first; sent, it is a call like any other, with a computed price', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  const id = await accountOf(relay);
  const plan = (await asOwner(relay, 'GET', `/accounts/${id}/test-call`)).json();
  expect(plan).toMatchObject({ way: 'call', model: 'claude-haiku-4-5', costNanoUsd: expect.any(Number) });
  expect(await relay.app.parts.usage.list({ limit: 10 })).toEqual([]);

  relay.upstream.script([says('hello')]);
  const sent = (await asOwner(relay, 'POST', `/accounts/${id}/test-call`, {})).json();
  expect(sent).toMatchObject({ ok: true, status: 200, message: 'The account answered.' });
  const [call] = await relay.app.parts.usage.list({ limit: 10 });
  expect(call).toMatchObject({ requestId: sent['requestId'], accountId: id, status: 'completed' });
  expect(call?.costNanoUsd).toBeGreaterThan(0);
  expect(call?.costNanoUsd).toBeLessThanOrEqual(Number(plan['costNanoUsd']));
  // Its key served this one call.
  const [seen] = relay.upstream.requests;
  expect(JSON.stringify(seen?.headers)).not.toContain('wsk_');
  const keys = await relay.app.parts.keyRepository.listTrash();
  expect(keys.map(({ name }) => name)).toEqual(['Test call']);
  expect((await relay.app.parts.keyRepository.list()).map(({ name }) => name)).toEqual(['test']);
});

test('why it was refused is said, and the call is there all the same', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  const id = await accountOf(relay);
  relay.upstream.script([refuses(400, { message: 'credit balance is too low' })]);
  const sent = (await asOwner(relay, 'POST', `/accounts/${id}/test-call`, {})).json();
  expect(sent).toMatchObject({ ok: false, status: 400, message: expect.stringContaining('credit balance') });
  expect(await relay.app.parts.usage.list({ limit: 10 })).toMatchObject([{ requestId: sent['requestId'] }]);
});

test('an account that serves its own tool alone is not called in that tool’s name', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const { id } = await relay.app.parts.accountRepository.create({
    ...{ name: 'max', provider: 'claude-subscription', acceptTerms: true, secretText: 'sk-ant-oat01-made-up' },
  });
  await relay.app.parts.accounts.reload();
  expect((await asOwner(relay, 'GET', `/accounts/${id}/test-call`)).json()).toMatchObject({ way: 'check' });
  expect((await asOwner(relay, 'POST', `/accounts/${id}/test-call`, {})).status).toBe(409);
});
