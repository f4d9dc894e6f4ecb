import { expect, test } from 'vitest';
import { overHttp } from '../../app/cli/client.ts';
import { says } from '../support/fake-anthropic/answers.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';
import { run } from './cli-run.ts';

test('calls go to the one account that is wanted, which is recorded, simulated alike, and forgotten with the account', async () => {
  await using relay = await TestApp.start({ upstreams: 2 });
  for (const upstream of relay.upstreams) upstream.answer(() => says('ok'));
  const admin = overHttp({ url: `http://127.0.0.1:${relay.port}`, token: relay.app.controlToken });
  const accounts = await admin.listAccounts({});
  const [, wanted] = accounts;
  if (!wanted) throw new Error('there are two');
  const served = async () => {
    const before = await relay.rows();
    expect((await relay.messages(helloWhole)).status).toBe(200);
    return (await relay.rowsOnce(before.length + 1)).find(
      ({ requestId }) => !before.some((row) => row.requestId === requestId),
    )?.accountId;
  };
  await admin.updateRules({ aim: { kind: 'only', accountId: wanted.id } });
  const { stdout } = await run(['routing', 'show'], { dataDir: relay.dataDir });
  expect(stdout).toContain(`to ${wanted.name} alone`);
  for (let call = 0; call < 4; call += 1) expect(await served()).toBe(wanted.id);
  const simulated = await admin.simulateCall({ model: 'claude-sonnet-4-5' });
  expect(simulated.verdicts?.filter(({ rank }) => rank !== undefined)).toMatchObject([{ accountId: wanted.id }]);
  const { db } = relay.app.parts.store;
  expect(await db.selectFrom('audit').select('action').where('action', '=', 'updateRules').execute()).toHaveLength(1);

  await admin.pauseAccount({ id: wanted.id });
  const refused = await relay.messages(helloWhole);
  expect([refused.status, refused.text]).toEqual([503, expect.stringContaining('All calls are to go to one account')]);
  const set = async (...words: string[]) => await run(['routing', 'set', ...words], { dataDir: relay.dataDir });
  expect((await set('--prefer', wanted.name)).stdout).toContain(`to ${wanted.name} first`);
  expect((await set('--prefer', 'nobody')).exitCode).not.toBe(0);
  expect((await set('--only', wanted.name, '--automatic')).stderr).toContain('Give one of');
  expect((await set('--only', wanted.name)).exitCode).toBe(0);
  await relay.app.parts.rules.reload();
  await expect(admin.updateRules({ aim: { kind: 'only', accountId: 'acc_none' } })).rejects.toThrow('no such account');

  await admin.removeAccount({ id: wanted.id });
  expect((await admin.showRules({})).aim).toEqual({ kind: 'automatic' });
  expect(await served()).not.toBe(wanted.id);
});
