import { expect, test } from 'vitest';
import { LanClient } from '../support/lan-client.ts';
import { asOwner } from '../support/me-client.ts';
import { TestApp } from '../support/test-app.ts';

async function ask(relay: TestApp, token: string | undefined, path = '/metrics') {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return await relay.request({ path, headers });
}

test('/metrics is shut until a token is made; a new one ends the old one, and none of them opens anything else', async () => {
  await using relay = await TestApp.start();
  await relay.messages();
  expect([(await ask(relay, undefined)).status, (await ask(relay, relay.secret)).status]).toEqual([401, 401]);

  const make = async () => String((await asOwner(relay, 'POST', '/metrics-access', {})).json()['token']);
  const old = await make();
  const open = await ask(relay, old);
  expect([open.status, open.header('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(open.text).toMatch(/^waystation_requests_today\{account="upstream-0",.+\} 1$/m);
  expect((await ask(relay, old, '/metrics?timeZone=Mars/Base')).status).toBe(400);

  const token = await make();
  expect([(await ask(relay, old)).status, (await ask(relay, token)).status]).toEqual([401, 200]);
  expect((await ask(relay, token, '/admin/api/status')).status).toBe(401);
  expect((await relay.messages(undefined, { 'x-api-key': token })).status).toBe(401);
  expect((await asOwner(relay, 'GET', '/audit')).text).not.toContain(token);

  await asOwner(relay, 'DELETE', '/metrics-access', {});
  expect((await ask(relay, token)).status).toBe(401);
  expect((await ask(relay, relay.app.controlToken)).status).toBe(200);
});

test('other computers are not served it, whatever they bring', async () => {
  await using relay = await TestApp.start();
  const token = String((await asOwner(relay, 'POST', '/metrics-access', {})).json()['token']);
  const lan = await LanClient.share(relay);
  const headers = { authorization: `Bearer ${token}` };
  expect((await lan.send('GET', '/metrics', { headers })).status).toBe(404);
});
