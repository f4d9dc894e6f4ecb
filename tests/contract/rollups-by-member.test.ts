import Database from 'better-sqlite3';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { memberTables } from '../../app/store/member-tables.ts';
import { migrations } from '../../app/store/migrations.ts';
import { migratePostgres } from '../../app/store/postgres-migrate.ts';
import { migrateSqlite } from '../../app/store/sqlite-migrate.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';

const before = migrations.slice(0, migrations.indexOf(memberTables));
const upTo = migrations.slice(0, migrations.indexOf(memberTables) + 1);

const columns = `request_id, started_at, duration_ms, key_id, protocol, route, model, status, basis, input_tokens,
  output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, thinking_tokens, web_search_requests,
  cost_nano_usd, attempts, explanation`;
const call = (id: string) =>
  `insert into usage (${columns}) values ('${id}', 900000000, 1, 'key_1', 'anthropic', 'messages', 'm', 'completed',
    'reported', 7, 3, 0, 0, 0, 0, 0, 11, '[]', '{}')`;
const ofMember = `insert into usage (${columns}, member_id) values ('req_3', 900000000, 1, 'key_1', 'anthropic',
  'messages', 'm', 'completed', 'reported', 7, 3, 0, 0, 0, 0, 0, 11, '[]', '{}', 'mem_1')`;
const sums = `select member_id, calls, input_tokens, cost_nano_usd from usage_rollups order by member_id`;
const later = "update usage set cost_nano_usd = 20 where request_id = 'req_3'";
const expected = [
  { member_id: '', calls: 2, input_tokens: 14, cost_nano_usd: 22 },
  { member_id: 'mem_1', calls: 1, input_tokens: 7, cost_nano_usd: 20 },
];

describe('sums that were there before members', () => {
  test('stay as they are on SQLite, and the triggers go on', async () => {
    const database = new Database(':memory:');
    const options = { snapshotFolder: undefined, now: Date.now };
    await migrateSqlite(database, { ...options, migrations: before });
    database.exec(call('req_1'));
    await migrateSqlite(database, { ...options, migrations: upTo });
    for (const statement of [call('req_2'), ofMember, later]) database.exec(statement);
    expect(database.prepare(sums).all()).toEqual(expected);
    database.close();
  });
});

suiteThatNeeds(await missingPostgres(), 'sums that were there before members, on PostgreSQL', () => {
  test('stay as they are, and the triggers go on', async () => {
    const { url, drop } = await createTestDatabase();
    const client = new Client({ connectionString: url });
    await client.connect();
    await migratePostgres(client, { migrations: before, now: Date.now });
    await client.query(call('req_1'));
    await migratePostgres(client, { migrations: upTo, now: Date.now });
    for (const statement of [call('req_2'), ofMember, later]) await client.query(statement);
    const { rows } = await client.query<Record<string, unknown>>(sums);
    const numbers = rows.map(({ member_id, ...rest }) => ({
      member_id,
      ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, Number(value)])),
    }));
    expect(numbers).toEqual(expected);
    await client.end();
    await drop();
  });
});
