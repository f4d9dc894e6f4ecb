import { expect, test } from 'vitest';
import { parseLimit } from '../../app/keys/limit-text.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { helloWhole, TestApp } from '../support/test-app.ts';
import { missingRedis, redisUrl, removeKeys } from './state-redis.ts';

/** Real time, which a machine that is busy with something else stretches. */
const timed = { retry: 2 };
const withinASecond = { interval: 25, timeout: 1_000 };

suiteThatNeeds((await missingPostgres()) ?? (await missingRedis()), 'a key on two nodes', () => {
  /** One node with an account, and another one beside it that was asked for nothing yet. */
  async function startBoth(closing: AsyncDisposableStack) {
    const database = await createTestDatabase();
    closing.defer(() => database.drop());
    const config = { databaseUrl: database.url, redisUrl, secrets: 'passphrase', passphrase: 'of both nodes' } as const;
    const here = closing.use(await TestApp.start({ config }));
    const there = closing.use(await TestApp.start({ config, upstreams: 0 }));
    closing.defer(() => removeKeys(`*:${here.keyId}*`));
    return { here, there, keys: here.app.parts.keyRepository };
  }

  test(
    'Q07 key-revoked-midstream: what is revoked on one node is refused by the other within a second',
    timed,
    async () => {
      await using closing = new AsyncDisposableStack();
      const { here, there, keys } = await startBoth(closing);
      const ask = async () => {
        return (await there.request({ path: '/v1/models', headers: { 'x-api-key': here.secret } })).status;
      };
      await expect.poll(ask, withinASecond).toBe(200);
      await keys.update(here.keyId, { isEnabled: false });
      await expect.poll(ask, withinASecond).toBe(401);
      await keys.update(here.keyId, { isEnabled: true });
      await expect.poll(ask, withinASecond).toBe(200);
      await keys.remove(here.keyId);
      await expect.poll(ask, withinASecond).toBe(401);
    },
  );

  test(
    'Q08 key-expires / edited mid-flight: a limit that is lowered on one node holds on the other within a second',
    timed,
    async () => {
      await using closing = new AsyncDisposableStack();
      const { here, there, keys } = await startBoth(closing);
      const ask = async () => (await there.messages(helloWhole, { 'x-api-key': here.secret })).status;
      await expect.poll(ask, withinASecond).toBe(200);
      await keys.update(here.keyId, { limits: [parseLimit('requests=1/total', 'UTC')] });
      await expect.poll(ask, withinASecond).toBe(429);
    },
  );
});
