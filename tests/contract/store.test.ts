import { join } from 'node:path';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../app/store/open.ts';
import type { NewRow } from '../../app/store/schema.ts';
import { SettingsRepository } from '../../app/store/settings.ts';
import { type SqlValue, type Store, StoreBusy } from '../../app/store/store.ts';
import { createTestDatabase, missingPostgres } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { createFolder } from '../support/temporary-folder.ts';

interface Opened {
  readonly store: Store;
  remove(): Promise<void>;
}

const row = {
  request_id: 'req_1',
  started_at: 1_700_000_000_000,
  duration_ms: 1_234,
  first_byte_ms: null,
  key_id: 'key_1',
  account_id: null,
  protocol: 'anthropic',
  route: '/v1/messages',
  model: 'claude-opus-5',
  upstream_model: 'modèle "x" \\ 漢字 😀',
  status: 'completed',
  http_status: 200,
  error_kind: null,
  basis: 'reported',
  input_tokens: 12,
  output_tokens: 3_456,
  cache_read_tokens: 0,
  cache_write_5m_tokens: 7,
  cache_write_1h_tokens: 8,
  thinking_tokens: 9,
  web_search_requests: 1,
  cost_nano_usd: Number.MAX_SAFE_INTEGER,
  price: '{"version":"1"}',
  attempts: '[]',
  explanation: '{}',
  session: null,
  user_agent: "it's",
} satisfies NewRow<'usage'>;

const columns = Object.keys(row) as (keyof typeof row)[];

function usageRow(changes: Partial<NewRow<'usage'>>): SqlValue[] {
  const changed: NewRow<'usage'> = { ...row, ...changes };
  return columns.map((column) => changed[column] ?? null);
}

async function openFile(): Promise<Opened> {
  const { folder, remove } = createFolder();
  return { store: await openStore({ engine: 'sqlite', file: join(folder, 'waystation.sqlite') }), remove };
}

async function openPostgres(): Promise<Opened> {
  const { url, drop } = await createTestDatabase();
  return { store: await openStore({ engine: 'postgres', url }), remove: drop };
}

describe('store on SQLite in memory', () => {
  contract(async () => ({
    store: await openStore({ engine: 'sqlite', file: ':memory:' }),
    remove: async () => undefined,
  }));
});
describe('store on SQLite in a file', () => contract(openFile));
suiteThatNeeds(await missingPostgres(), 'store on PostgreSQL', () => contract(openPostgres));

function contract(open: () => Promise<Opened>): void {
  let opened: Opened;
  let store: Store;
  beforeAll(async () => {
    opened = await open();
    store = opened.store;
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
  });

  const findUsage = (id: string) =>
    store.db.selectFrom('usage').selectAll().where('request_id', '=', id).executeTakeFirst();
  const insertKey = (id: string, hash: string) =>
    store.db
      .insertInto('keys')
      .values({
        id,
        hash,
        name: 'laptop',
        prefix: 'abcdefgh',
        is_enabled: 1,
        expires_at: null,
        models: '[]',
        services: '[]',
        max_concurrent: null,
        account_id: null,
        created_at: 1,
        updated_at: 1,
      })
      .compile();

  test('a row comes back as it was inserted, numbers as numbers', async () => {
    const insert = store.prepareInsert('usage', columns);
    expect(await insert(usageRow({ request_id: 'req_whole' }))).toBe(true);
    expect(await findUsage('req_whole')).toMatchObject({ ...row, request_id: 'req_whole' });
  });

  test('Q06 settle-once: a second row for the same request changes nothing and says so', async () => {
    const insert = store.prepareInsert('usage', columns, { onConflict: 'ignore' });
    const answers = await Promise.all(
      [10, 20, 30].map(async (tokens) => insert(usageRow({ request_id: 'req_once', output_tokens: tokens }))),
    );
    expect(answers.filter((inserted) => inserted)).toHaveLength(1);
    const winner = await findUsage('req_once');
    expect(await insert(usageRow({ request_id: 'req_once', output_tokens: 40 }))).toBe(false);
    expect(await findUsage('req_once')).toEqual(winner);
  });

  test('a second row without that option is an error, and not a busy database', async () => {
    const insert = store.prepareInsert('usage', columns);
    const twice = async () => {
      await insert(usageRow({ request_id: 'req_twice' }));
      await insert(usageRow({ request_id: 'req_twice' }));
    };
    const error = await twice().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(StoreBusy);
  });

  test('many rows at once are all there', async () => {
    const insert = store.prepareInsert('usage', columns, { onConflict: 'ignore' });
    const ids = Array.from({ length: 200 }, (_, index) => `req_many_${index}`);
    await Promise.all(ids.map(async (id) => insert(usageRow({ request_id: id, key_id: 'key_many' }))));
    const total = await store.db
      .selectFrom('usage')
      .select(({ fn }) => [fn.countAll().as('rows'), fn.sum('input_tokens').as('tokens')])
      .where('key_id', '=', 'key_many')
      .executeTakeFirstOrThrow();
    expect({ rows: Number(total.rows), tokens: Number(total.tokens) }).toEqual({ rows: 200, tokens: 200 * 12 });
  });

  test('write does all statements or none', async () => {
    await store.write([insertKey('key_a', 'hash-a'), insertKey('key_b', 'hash-b')]);
    await expect(store.write([insertKey('key_c', 'hash-c'), insertKey('key_d', 'hash-a')])).rejects.toThrow();
    const ids = await store.db.selectFrom('keys').select('id').orderBy('id').execute();
    expect(ids).toEqual([{ id: 'key_a' }, { id: 'key_b' }]);
  });

  test('writes at the same time do not lose an update', async () => {
    const settings = new SettingsRepository(store);
    await settings.set('count', '0');
    const countUp = store.db
      .updateTable('settings')
      .set({ value: sql<string>`cast(cast(value as bigint) + 1 as text)` })
      .where('name', '=', 'count')
      .compile();
    await Promise.all(Array.from({ length: 25 }, () => store.write([countUp, countUp])));
    expect(await settings.get('count')).toBe('50');
  });

  test('single statements tell how many rows they changed, and can return them', async () => {
    const insert = store.prepareInsert('usage', columns);
    await insert(usageRow({ request_id: 'req_x1', session: 'x' }));
    await insert(usageRow({ request_id: 'req_x2', session: 'x' }));
    const updated = await store.db
      .updateTable('usage')
      .set({ user_agent: 'changed' })
      .where('session', '=', 'x')
      .executeTakeFirst();
    const returned = await store.db.deleteFrom('usage').where('session', '=', 'x').returning('request_id').execute();
    const deleted = await store.db.deleteFrom('usage').where('session', '=', 'x').executeTakeFirst();
    expect(updated.numUpdatedRows).toBe(2n);
    expect(returned.map(({ request_id }) => request_id).sort()).toEqual(['req_x1', 'req_x2']);
    expect(deleted.numDeletedRows).toBe(0n);
  });

  test('a Kysely transaction is refused', async () => {
    await expect(store.db.transaction().execute(async () => undefined)).rejects.toThrow('use Store.write');
  });

  test('settings keep any text', async () => {
    const settings = new SettingsRepository(store);
    // PostgreSQL has no NUL in text.
    const character = fc.constantFrom(
      'a',
      "'",
      '"',
      '\\',
      '?',
      '$1',
      '%',
      ';',
      '\n',
      '\u0001',
      'ß',
      '漢',
      '😀',
      '\u0301',
    );
    const text = fc.string({ unit: character });
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        await settings.set('any', value);
        expect(await settings.get('any')).toBe(value);
      }),
      { numRuns: 50 },
    );
  });

  test('setIfAbsent lets exactly one of many win, and tells all of them who', async () => {
    const settings = new SettingsRepository(store);
    expect(await settings.get('first')).toBeUndefined();
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((value) => settings.setIfAbsent('first', value)));
    expect(new Set(answers).size).toBe(1);
    await settings.set('first', 'z');
    expect(await settings.setIfAbsent('first', 'e')).toBe('z');
  });
}
