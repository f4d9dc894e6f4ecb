import { expect, test } from 'vitest';
import { TestApp } from '../support/test-app.ts';
import { runJson } from './cli-run.ts';

async function change(relay: TestApp, word: 'pause' | 'resume'): Promise<void> {
  const headers = { authorization: `Bearer ${relay.app.controlToken}`, 'content-type': 'application/json' };
  const reply = await relay.request({ method: 'POST', path: `/admin/api/relay/${word}`, headers, body: '{}' });
  expect(reply.json()).toEqual({ isPaused: word === 'pause' });
}

test('a paused relay refuses new calls with a sentence, tells its state, and takes calls again when it is resumed', async () => {
  await using relay = await TestApp.start();
  expect((await relay.messages()).status).toBe(200);
  await change(relay, 'pause');
  const refused = await relay.messages();
  expect([refused.status, refused.header('x-should-retry')]).toEqual([503, 'false']);
  expect(refused.text).toContain('Waystation is paused. Resume it in its window, or with: waystation resume');
  expect(await relay.admin('/status')).toMatchObject({ state: 'paused' });
  expect((await relay.request({ path: '/health' })).json()).toMatchObject({ status: 'paused' });
  expect(await relay.ledger()).toHaveLength(1);
  await change(relay, 'resume');
  expect((await relay.messages()).status).toBe(200);
  expect(await relay.admin('/status')).toMatchObject({ state: 'running' });
});

test('who has no key is told so, not that the relay is paused', async () => {
  await using relay = await TestApp.start();
  await change(relay, 'pause');
  expect((await relay.messages(undefined, { 'x-api-key': 'wsk_wrong' })).status).toBe(401);
});

test('it stays as it is over a restart, and the command line changes it while no relay runs', async () => {
  await using relay = await TestApp.start();
  await change(relay, 'pause');
  const paused = await relay.restart();
  expect((await paused.messages()).status).toBe(503);
  await paused.app.stop();
  expect(await runJson(['resume'], { dataDir: relay.dataDir })).toEqual({ isPaused: false });
  const resumed = await paused.restart();
  expect((await resumed.messages()).status).toBe(200);
  await resumed.app.stop();
  expect(await runJson(['pause'], { dataDir: relay.dataDir })).toEqual({ isPaused: true });
  const again = await resumed.restart();
  expect((await again.messages()).status).toBe(503);
  await again.app.stop();
});
