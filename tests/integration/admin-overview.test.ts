import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { refuses } from '../support/fake-anthropic/answers.ts';
import { TestApp } from '../support/test-app.ts';
import { run } from './cli-run.ts';

function operationsOf(relay: TestApp) {
  return overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
}

test('today is one number, whoever asks: in all, by account, by key, in the usage and in the command line', async () => {
  await using relay = await TestApp.start({ upstreams: 2 });
  const admin = operationsOf(relay);
  for (let call = 0; call < 5; call += 1) await relay.messages();
  await relay.rowsOnce(5);
  const timeZone = 'Asia/Tokyo';
  const { total, byAccount, byKey, startsAt, endsAt } = await admin.showToday({ timeZone });
  const usage = await admin.summarizeUsage({ by: 'model', since: startsAt, before: endsAt, timeZone });
  const cli = await run(['usage', 'today', '--time-zone', timeZone, '--json'], { dataDir: relay.dataDir });
  const rows = await relay.rows();
  const cost = rows.reduce((sum, row) => sum + (row.costNanoUsd ?? 0), 0);
  expect(cost).toBeGreaterThan(0);
  const costs = [
    total.costNanoUsd,
    byAccount.reduce((sum, one) => sum + one.costNanoUsd, 0),
    byKey.reduce((sum, one) => sum + one.costNanoUsd, 0),
    usage.reduce((sum, one) => sum + one.costNanoUsd, 0),
    JSON.parse(cli.stdout).total.costNanoUsd,
  ];
  expect(costs).toEqual(costs.map(() => cost));
  expect([total.calls, byKey]).toMatchObject([5, [{ keyId: relay.keyId, calls: 5 }]]);
});

test('what needs a hand is listed, the gravest first, each with one thing to do', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  const admin = operationsOf(relay);
  expect(await admin.listAttention({})).toEqual([]);
  relay.upstream.script([refuses(401), refuses(401)]);
  await relay.messages();
  await admin.updateKey({ id: relay.keyId, isEnabled: false });
  const { id: accountId } = relay.account(0).account;
  expect(await admin.listAttention({})).toMatchObject([
    { kind: 'all-accounts-unavailable', severity: 'critical', action: 'show-account' },
    { kind: 'account-needs-sign-in', severity: 'critical', accountId, name: 'upstream-0', action: 'sign-in-again' },
    { kind: 'no-key', severity: 'warning', action: 'create-key' },
  ]);
  await admin.pauseAccount({ id: accountId });
  expect((await admin.listAttention({})).map(({ kind }) => kind)).not.toContain('account-needs-sign-in');
  await admin.removeAccount({ id: accountId });
  expect((await admin.listAttention({}))[0]).toMatchObject({ kind: 'no-account', action: 'add-account' });
});

test('there are never more than five', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const admin = operationsOf(relay);
  for (let index = 0; index < 8; index += 1) {
    const { id } = await admin.createAccount({ name: `a${index}`, provider: 'anthropic', secret: 'sk-ant-x' });
    const past = relay.app.parts.ports.clock.now() - 1_000;
    await admin.updateAccount({ id, care: { expiresAt: past } });
  }
  expect(await admin.listAttention({})).toHaveLength(5);
});

test('accounts are put in order in one step, or not at all', async () => {
  await using relay = await TestApp.start({ upstreams: 3 });
  const admin = operationsOf(relay);
  const [a = '', b = '', c = ''] = (await admin.listAccounts({})).map(({ id }) => id);
  expect(await admin.orderAccounts({ steps: [[c], [a, b]] })).toEqual([
    { accountId: c, priority: 1 },
    { accountId: a, priority: 2 },
    { accountId: b, priority: 2 },
  ]);
  await relay.messages();
  expect((await relay.rowsOnce(1))[0]?.accountId).toBe(c);
  await expect(admin.orderAccounts({ steps: [[a], [b], ['acc_gone']] })).rejects.toMatchObject({ kind: 'not-found' });
  await expect(admin.orderAccounts({ steps: [[a], [a]] })).rejects.toMatchObject({ kind: 'request-invalid' });
  expect((await admin.listAccounts({})).map(({ priority }) => priority)).toEqual([2, 2, 1]);
  const { entries } = await admin.listAudit({ action: 'orderAccounts' });
  expect(entries.map(({ object }) => object).sort()).toEqual([a, b, c].sort());
});

test('calls come page by page, each once, and filtered', async () => {
  await using relay = await TestApp.start({ upstreams: 1 });
  const admin = operationsOf(relay);
  await Promise.all(Array.from({ length: 7 }, () => relay.messages()));
  await relay.messages({ model: 'claude-haiku-4-5', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] });
  const rows = await relay.rowsOnce(8);
  // All of one millisecond: only the cursor tells them apart.
  await relay.app.parts.store.db
    .updateTable('usage')
    .set({ started_at: rows[0]?.startedAt ?? 0 })
    .execute();
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof admin.listCalls>> = await admin.listCalls({
      limit: 3,
      ...(cursor === null ? {} : { cursor }),
    });
    seen.push(...page.calls.map(({ requestId }) => requestId));
    cursor = page.next;
  } while (cursor !== null);
  expect([...seen].sort()).toEqual(rows.map(({ requestId }) => requestId).sort());
  const haiku = await admin.listCalls({ model: 'claude-haiku-4-5' });
  expect([haiku.calls.length, haiku.next]).toEqual([1, null]);
  expect((await admin.listCalls({ project: 'none' })).calls).toEqual([]);
  await expect(admin.listCalls({ cursor: 'invented' })).rejects.toMatchObject({ kind: 'request-invalid' });
});

test('every setting tells its section and what may be set', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const settings = await operationsOf(relay).listSettings({});
  expect(settings.find(({ name }) => name === 'admin.access')).toMatchObject({
    group: 'security',
    value: null,
    schema: { type: 'object', properties: { allowPassword: { type: 'boolean', default: false } } },
  });
  expect(settings.map(({ group }) => group)).toEqual([
    'accounts',
    'security',
    'security',
    'security',
    'data',
    'data',
    'data',
    'notifications',
  ]);
});
