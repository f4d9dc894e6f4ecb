import { expect, test } from 'vitest';
import { createApp } from '../../app/app.ts';
import { overHttp } from '../../app/cli/client.ts';
import { parseTable } from '../../app/usage/price-file.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { priceFile } from '../support/price-files.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';
import { testConfig } from '../support/test-app.ts';

suiteThatNeeds(await missingPostgres(), 'prices and alerts on two nodes', () => {
  test('Q12 price-update-midday: what one node applies and tells the other has within seconds, without a restart', async () => {
    await using closing = new AsyncDisposableStack();
    const database = await createTestDatabase();
    closing.defer(() => database.drop());
    const node = async () => {
      const { folder, remove } = createFolder();
      closing.defer(remove);
      const secrets = { secrets: 'passphrase', passphrase: 'of the nodes' } as const;
      const config = testConfig(folder, { config: { databaseUrl: database.url, ...secrets } });
      const app = await createApp(config, { warn: () => undefined });
      closing.defer(() => app.stop());
      const { url } = await app.start();
      return { app, admin: overHttp({ url, token: app.controlToken }) };
    };
    const [here, there] = [await node(), await node()];
    const body = priceFile('2027-01-02', { 'claude-opus-5-5': 6_000 });
    const { prices } = here.app.parts;
    await prices.check({ table: parseTable(body), body, sha256: '' }, 'a test');
    await here.admin.applyPrices({ version: '2027-01-02', current: prices.version });
    await here.admin.setOwnPrice({ model: 'house', price: { input: 1, output: 2 } });
    await here.app.parts.alerts.raise('x', {
      ...{ kind: 'budget-reached', subjectId: 'bud_1', subjectName: 'team', used: 8, limit: 10, measure: 'cost' },
    });
    const seen = () => {
      const { parts } = there.app;
      return [parts.prices.find('claude-opus-5-5')?.input, parts.prices.find('house')?.output, parts.alerts.feed.last];
    };
    await expect.poll(seen).toEqual([6_000, 2, 1]);
  });
});
