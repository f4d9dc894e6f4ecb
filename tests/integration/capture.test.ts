import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import type { Operations } from '../../app/server/admin/contract.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { eventually, TestApp } from '../support/test-app.ts';

function adminOf(relay: TestApp): Operations {
  return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
}

function asking(text: string, more: Readonly<Record<string, unknown>> = {}) {
  return { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'user', content: text }], ...more };
}

async function captured(admin: Operations, requestId: string) {
  return await eventually(async () => (await admin.showCapturedCall({ requestId })).captured ?? undefined);
}

test('a call is kept only while that is wanted, with what it said and was answered', async () => {
  await using relay = await TestApp.start();
  const admin = adminOf(relay);
  relay.upstream.script([says('before'), says('during'), says('after')]);
  await relay.messages(asking('one'));
  expect(await admin.startCapture({ calls: 1 })).toMatchObject({ isOn: true, callsLeft: 1, kept: { calls: 0 } });
  await relay.messages(asking('two', { stream: true }));
  await relay.messages(asking('three'));
  const [first, second, third] = await relay.rowsOnce(3);
  const call = await captured(admin, second?.requestId ?? '');
  expect(call).toMatchObject({
    ...{ method: 'POST', path: '/v1/messages' },
    request: { body: JSON.stringify(asking('two', { stream: true })), isWhole: true },
    answer: {
      status: 200,
      error: null,
      isWhole: true,
      headers: { 'content-type': expect.stringContaining('text/event-stream') },
    },
  });
  expect(call.answer.body).toContain('during');
  expect(call.answer.body).toContain('message_stop');
  for (const other of [first, third]) {
    expect(await admin.showCapturedCall({ requestId: other?.requestId ?? '' })).toEqual({ captured: null });
  }
  expect(await admin.showCapture({})).toMatchObject({ isOn: false, callsLeft: null, kept: { calls: 1 } });
});

test('a purge stops it, leaves nothing on the disk, and each change is in the record', async () => {
  await using relay = await TestApp.start();
  const admin = adminOf(relay);
  relay.upstream.script([says('one'), says('two')]);
  await admin.startCapture({ minutes: 60 });
  await relay.messages(asking('one'));
  const [row] = await relay.rowsOnce(1);
  await captured(admin, row?.requestId ?? '');
  const purged = await admin.purgeCapture({});
  expect(purged).toEqual({ calls: 1, bytes: expect.any(Number), bytesLeft: 0 });
  expect(purged.bytes).toBeGreaterThan(100);
  expect(existsSync(join(relay.dataDir, 'captures'))).toBe(false);
  await relay.messages(asking('two'));
  await relay.rowsOnce(2);
  expect(await admin.showCapture({})).toMatchObject({ isOn: false, kept: { calls: 0, bytes: 0 } });
  const { entries } = await admin.listAudit({ object: 'capture.state' });
  expect(entries.map(({ action, actor, after }) => ({ action, actor, after }))).toEqual([
    {
      ...{ action: 'purgeCapture', actor: 'control' },
      after: { value: { isOn: false, until: null, callsLeft: null, purged } },
    },
    {
      ...{ action: 'startCapture', actor: 'control' },
      after: { value: { isOn: true, until: expect.any(Number), callsLeft: null } },
    },
  ]);
});

test('it does not outlive the relay that it was turned on at', async () => {
  await using relay = await TestApp.start();
  await adminOf(relay).startCapture({ minutes: 60 });
  await using next = await relay.restart();
  expect(await adminOf(next).showCapture({})).toMatchObject({ isOn: false, until: null });
});

test('a long body is kept by its beginning, bytes that are no text not at all, and a refused call neither', async () => {
  await using relay = await TestApp.start();
  const admin = adminOf(relay);
  await admin.startCapture({});
  relay.upstream.script([says('long')]);
  const long = asking('x'.repeat(300_000));
  await relay.messages(long);
  const refused = await relay.messages(asking('nobody'), { 'x-api-key': 'wsk_of-nobody-at-all-0123456789' });
  expect(refused.status).toBe(401);
  const [row] = await relay.rowsOnce(1);
  const { request } = await captured(admin, row?.requestId ?? '');
  expect(request).toMatchObject({ bytes: JSON.stringify(long).length, isWhole: false });
  expect(request.body?.length).toBe(256 * 1024);
  expect(await admin.showCapture({})).toMatchObject({ kept: { calls: 1 } });
});

const canary = {
  vendorKey: 'sk-ant-CANARY-in-a-prompt-0123',
  password: 'CANARY-password',
  bearer: 'CANARYbearer0123456789',
  eMail: 'CANARY.person@mail.example',
  cookie: 'CANARY-cookie',
  own: 'CANARY-own-header-0123',
} as const;

test('D23 log-canary: what is captured holds no credential, cookie or e-mail address, and lies nowhere in plain text', async () => {
  await using relay = await TestApp.start();
  const admin = adminOf(relay);
  await admin.startCapture({});
  relay.upstream.script([says(`the key is ${canary.vendorKey}, ask ${canary.eMail}`)]);
  const prompt = `Use ${canary.vendorKey} or {"password": "${canary.password}"} or Bearer ${canary.bearer}. My key: ${relay.secret}`;
  await relay.messages(asking(`PLAIN-WORDS ${prompt}`, { metadata: { user_id: canary.eMail } }), {
    cookie: `session=${canary.cookie}`,
    'x-own-token': canary.own,
  });
  const [row] = await relay.rowsOnce(1);
  const call = await captured(admin, row?.requestId ?? '');
  const text = JSON.stringify(call);
  expect(text).toContain('PLAIN-WORDS');
  expect(text).not.toContain('CANARY');
  expect(text).not.toContain(relay.secret);
  expect(call.request.headers['x-api-key']).toBe('[redacted]');
  const plain = filesUnder(relay.dataDir).filter((file) => /CANARY|PLAIN-WORDS/.test(readFileSync(file, 'latin1')));
  expect(plain).toEqual([]);
  expect(statSync(join(relay.dataDir, 'captures')).mode & 0o777).toBe(0o700);
  const exported = await relay.admin('/usage/export?format=json');
  expect(JSON.stringify(exported)).not.toMatch(/CANARY|PLAIN-WORDS/);
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
