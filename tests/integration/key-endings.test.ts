import { expect, test } from 'vitest';
import { asOwner, MeClient } from '../support/me-client.ts';
import { TestApp } from '../support/test-app.ts';
import { run } from './cli-run.ts';

interface Shown {
  readonly prefix: string;
  readonly ending?: string;
}

test('a key is recognised by the last four characters of its secret, in every list, and by its beginning when it is older', async () => {
  await using relay = await TestApp.start({ upstreams: 0 });
  const { id, key: secret } = (await asOwner(relay, 'POST', '/keys', { name: 'laptop' })).json() as Record<
    string,
    string
  >;
  const listed = async () => (await asOwner(relay, 'GET', `/keys/${id}`)).json() as unknown as Shown;
  expect((await listed()).ending).toBe(secret?.slice(-4));
  const mine = async (given: string) => {
    const client = new MeClient(relay);
    await client.signIn({ key: given });
    return (await client.mine()).json()['keys'];
  };
  expect(await mine(String(secret))).toMatchObject([{ ending: secret?.slice(-4) }]);
  const text = async () => (await run(['key', 'list'], { dataDir: relay.dataDir })).stdout;
  expect(await text()).toMatch(new RegExp(`laptop +wsk_${secret?.slice(4, 12)}…${secret?.slice(-4)} `));
  // A new secret ends differently.
  const rotated = (await asOwner(relay, 'POST', `/keys/${id}/rotate`, {})).json();
  expect((await listed()).ending).toBe(String(rotated['key']).slice(-4));
  await relay.app.parts.store.db.updateTable('keys').set({ ending: null }).where('id', '=', String(id)).execute();
  await relay.app.parts.keys.reload();
  const old = await listed();
  expect(old).not.toHaveProperty('ending');
  expect(await text()).toMatch(new RegExp(`laptop +wsk_${old.prefix}… `));
});
