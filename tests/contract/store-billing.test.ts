import Database from 'better-sqlite3';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { migrations } from '../../app/store/migrations.ts';
import { openStore } from '../../app/store/open.ts';
import { migratePostgres } from '../../app/store/postgres-migrate.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import { migrateSqlite } from '../../app/store/sqlite-migrate.ts';
import type { Store } from '../../app/store/store.ts';
import { bundledPrices, settledCall } from '../../app/usage/__fixtures__/calls.ts';
import { UsageRepository } from '../../app/usage/repository.ts';
import { UsageRollups } from '../../app/usage/rollups.ts';
import { toRow, toValues, usageColumns } from '../../app/usage/row.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// A database of before there were multipliers.

const before = migrations.filter(({ id }) => id < '0018');
/** As the version before it wrote them: one with a price, one without. */
const oldRows = [
  ['req_1', '14000000'],
  ['req_2', 'null'],
].map(
  ([
    id,
    cost,
  ]) => `insert into usage (request_id, started_at, duration_ms, key_id, protocol, route, model, status, basis,
    input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, thinking_tokens,
    web_search_requests, cost_nano_usd, attempts, explanation)
    values ('${id}', 1790000000000, 1, 'key_1', 'anthropic', '/v1/messages', 'claude-opus-5-5', 'completed', 'reported',
    1000, 500, 0, 0, 0, 0, 0, ${cost}, '[]', '{}')`,
);

async function expectOldAndNew(store: Store): Promise<void> {
  const rollups = new UsageRollups(store, new SettingsRepository(store));
  const sums = async () => (await rollups.summary({ groupBy: 'key', timeZone: 'UTC' }))[0];
  const [second, first] = await new UsageRepository(store).list({ limit: 10 });
  expect(first).toMatchObject({
    requestId: 'req_1',
    costNanoUsd: 14_000_000,
    billedNanoUsd: 14_000_000,
    multiplier: 1,
  });
  expect(second).toMatchObject({ requestId: 'req_2', costNanoUsd: null, billedNanoUsd: null, multiplier: 1 });
  expect(await sums()).toMatchObject({ calls: 2, costNanoUsd: 14_000_000, billedNanoUsd: 14_000_000 });
  expect(await rollups.check()).toMatchObject({ differences: 0 });
  await store.db.updateTable('usage').set({ cost_nano_usd: 700 }).where('request_id', '=', 'req_2').execute();
  const insert = store.prepareInsert('usage', usageColumns);
  await insert(toValues(toRow(settledCall('req_3', { multiplier: 2 }), bundledPrices())));
  expect(await sums()).toMatchObject({
    calls: 3,
    unpricedCalls: 0,
    costNanoUsd: 28_000_700,
    billedNanoUsd: 42_000_700,
  });
  expect(await rollups.check()).toMatchObject({ differences: 0 });
}

test('rows and sums of before pay what they cost on SQLite, and later ones are added to them', async () => {
  const file = `${temporaryFolder()}/waystation.sqlite`;
  const database = new Database(file);
  await migrateSqlite(database, { migrations: before, snapshotFolder: undefined, now: Date.now });
  for (const row of oldRows) database.exec(row);
  database.close();
  const store = await openStore({ engine: 'sqlite', file });
  await expectOldAndNew(store);
  await store.close();
});

suiteThatNeeds(await missingPostgres(), 'on PostgreSQL', () => {
  test('rows and sums of before pay what they cost, and later ones are added to them', async () => {
    const { url, drop } = await createTestDatabase();
    const client = new Client({ connectionString: url });
    await client.connect();
    await migratePostgres(client, { migrations: before, now: Date.now });
    for (const row of oldRows) await client.query(row);
    await client.end();
    const store = await openStore({ engine: 'postgres', url });
    await expectOldAndNew(store);
    await store.close();
    await drop();
  });
});
