import Database from 'better-sqlite3';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { readPlans } from '../../app/keys/plan-rows.ts';
import { migrations } from '../../app/store/migrations.ts';
import { openStore } from '../../app/store/open.ts';
import { migratePostgres } from '../../app/store/postgres-migrate.ts';
import { migrateSqlite } from '../../app/store/sqlite-migrate.ts';
import type { Store } from '../../app/store/store.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// A database of before clouds were services of their own.

const before = migrations.filter(({ id }) => id < '0053');
const oldServices = ['[]', '["anthropic"]', '["openai","gemini"]', '["gemini"]'];
const oldRows = oldServices.flatMap((services, index) => [
  `insert into keys (id, name, hash, prefix, is_enabled, models, services, created_at, updated_at)
    values ('key_${index}', '${index}', 'hash-${index}', 'abcdefgh', 1, '[]', '${services}', 1, 1)`,
  `insert into plans (id, name, name_key, models, denied_models, services, clients, limits, created_at, updated_at)
    values ('pln_${index}', '${index}', '${index}', '[]', '[]', '${services}', '[]', '[]', 1, 1)`,
]);

async function expectAsBefore(store: Store): Promise<void> {
  const now = [[], ['anthropic', 'bedrock'], ['openai', 'azure', 'gemini'], ['gemini']];
  const keys = await store.db.selectFrom('keys').select('services').orderBy('name').execute();
  expect(keys.map(({ services }) => JSON.parse(services))).toEqual(now);
  expect((await readPlans(store.db)).map(({ services }) => services)).toEqual(now);
}

test('keys and plans of before may use the clouds of their services as they could, on SQLite', async () => {
  const file = `${temporaryFolder()}/waystation.sqlite`;
  const database = new Database(file);
  await migrateSqlite(database, { migrations: before, snapshotFolder: undefined, now: Date.now });
  for (const row of oldRows) database.exec(row);
  database.close();
  const store = await openStore({ engine: 'sqlite', file });
  await expectAsBefore(store);
  await store.close();
});

suiteThatNeeds(await missingPostgres(), 'on PostgreSQL', () => {
  test('keys and plans of before may use the clouds of their services as they could', async () => {
    const { url, drop } = await createTestDatabase();
    const client = new Client({ connectionString: url });
    await client.connect();
    await migratePostgres(client, { migrations: before, now: Date.now });
    for (const row of oldRows) await client.query(row);
    await client.end();
    const store = await openStore({ engine: 'postgres', url });
    await expectAsBefore(store);
    await store.close();
    await drop();
  });
});
