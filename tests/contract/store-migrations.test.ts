import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrations } from '../../app/store/migrations.ts';
import { StoreTooNew } from '../../app/store/migrator.ts';
import { openStore } from '../../app/store/open.ts';
import { migratePostgres } from '../../app/store/postgres-migrate.ts';
import { migrateSqlite } from '../../app/store/sqlite-migrate.ts';
import { addLabels, addNotes, newerMigrations } from '../support/migration-steps.ts';
import { createTestDatabase, missingPostgres, type TestDatabase } from '../support/postgres.ts';
import { suiteThatNeeds } from '../support/required.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const childPath = join(import.meta.dirname, '..', 'support', 'migrate-child.ts');
const keyNames = ['desk', 'laptop', 'server'];
const oldIds = migrations.map(({ id }) => id);
const seedKeys = keyNames.map(
  (name) => `insert into keys (id, name, hash, prefix, is_enabled, models, services, created_at, updated_at)
    values ('key_${name}', '${name}', 'hash-${name}', 'abcdefgh', 1, '[]', '[]', 1, 1)`,
);

/** What a look into the database finds. */
interface Found {
  readonly appliedIds: readonly string[];
  readonly notes: readonly unknown[] | 'none';
  readonly labels: readonly unknown[] | 'none';
}

type Look = (query: string) => Promise<readonly Record<string, unknown>[]>;

async function lookInto(look: Look): Promise<Found> {
  const column = async (query: string, name: string) => (await look(query)).map((row) => row[name]);
  const unlessMissing = (values: Promise<unknown[]>) => values.catch(() => 'none' as const);
  return {
    appliedIds: (await column('select id from migrations order by id', 'id')).map(String),
    notes: await unlessMissing(column('select remark from keys order by id', 'remark')),
    labels: await unlessMissing(column('select label from labels order by id', 'label')),
  };
}

/** All of a migration is there when its id is, and nothing of it when its id is not. */
function wholeStates(): readonly Found[] {
  const notes = keyNames.map((name) => `was ${name}`);
  return [
    { appliedIds: oldIds, notes: 'none', labels: 'none' },
    { appliedIds: [...oldIds, addNotes.id], notes, labels: 'none' },
    { appliedIds: [...oldIds, addNotes.id, addLabels.id], notes, labels: keyNames },
  ];
}

interface ChildOptions {
  readonly engine: 'sqlite' | 'postgres';
  readonly place: string;
  readonly snapshotFolder?: string;
  readonly killAt?: number;
}

/** Answers how many steps the migration has, or that the child was killed at the one it was told. */
async function migrateInChild({
  engine,
  place,
  snapshotFolder = '',
  killAt = 0,
}: ChildOptions): Promise<number | 'killed'> {
  try {
    const args = [childPath, engine, place, snapshotFolder, String(killAt)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return Number(stdout);
  } catch (error) {
    if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL') return 'killed';
    throw error;
  }
}

function lookIntoFile(file: string): Promise<Found> {
  const database = new Database(file, { fileMustExist: true });
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    return lookInto(async (query) => database.prepare<[], Record<string, unknown>>(query).all()).finally(() => {
      database.close();
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

describe('migrations on SQLite', () => {
  test('D07 migration-crash: killed at every step, the file is old or new, never half, and the snapshot is kept', async () => {
    const folder = temporaryFolder();
    const seed = await seedFile(join(folder, 'seed.sqlite'));
    const steps = await migrateInChild({ engine: 'sqlite', place: copy(seed, folder, 0), snapshotFolder: folder });
    if (steps === 'killed') throw new Error('The child was killed without being told');
    const states = new Set<number>();
    for (let first = 1; first <= steps; first += parallel) {
      const numbers = Array.from({ length: Math.min(parallel, steps - first + 1) }, (_, index) => first + index);
      for (const state of await Promise.all(numbers.map((step) => crashAt(step, seed, folder)))) states.add(state);
    }
    // The kills must have met every state, or the test would show nothing.
    expect(states).toEqual(new Set([0, 1, 2]));
  });

  test('a new database and one that is up to date need no snapshot; the newest 5 are kept', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'waystation.sqlite');
    await (await openStore({ engine: 'sqlite', file })).close();
    await (await openStore({ engine: 'sqlite', file })).close();
    expect(readdirSync(folder)).toEqual(['waystation.sqlite']);

    const database = new Database(file);
    const list = [...migrations];
    for (let day = 1; day <= 7; day += 1) {
      list.push({ id: `900${day}-step`, statements: [`create table step_${day} (id text)`] });
      const now = () => Date.UTC(2026, 0, day);
      await migrateSqlite(database, { migrations: list, snapshotFolder: join(folder, 'snapshots'), now });
    }
    database.close();
    expect(readdirSync(join(folder, 'snapshots')).sort()).toEqual(
      [3, 4, 5, 6, 7].map((day) => `before-900${day}-step-2026-01-0${day}T00-00-00-000Z.sqlite`),
    );
  });

  test.skipIf(process.platform === 'win32')(
    'the database and its snapshots are readable by their owner only',
    async () => {
      const folder = join(temporaryFolder(), 'data');
      const file = join(folder, 'waystation.sqlite');
      const store = await openStore({ engine: 'sqlite', file });
      const modeOf = (path: string) => statSync(path).mode & 0o777;
      expect([folder, file, `${file}-wal`].map(modeOf)).toEqual([0o700, 0o600, 0o600]);
      await store.close();
      const database = new Database(file);
      const snapshots = join(folder, 'snapshots');
      await migrateSqlite(database, { migrations: newerMigrations, snapshotFolder: snapshots, now: Date.now });
      database.close();
      expect([snapshots, ...readdirSync(snapshots).map((name) => join(snapshots, name))].map(modeOf)).toEqual([
        0o700, 0o600,
      ]);
    },
  );

  test('a database that a newer version changed is refused and stays as it is', async () => {
    const file = join(temporaryFolder(), 'waystation.sqlite');
    await seedFile(file);
    await migrateInChild({ engine: 'sqlite', place: file, snapshotFolder: temporaryFolder() });
    const refused = openStore({ engine: 'sqlite', file });
    await expect(refused).rejects.toThrow(StoreTooNew);
    await expect(refused).rejects.toThrow('9001-add-notes, 9002-add-labels');
    expect(await lookIntoFile(file)).toEqual(wholeStates()[2]);
  });

  test('a migration that fails leaves the database as it was', async () => {
    const file = await seedFile(join(temporaryFolder(), 'waystation.sqlite'));
    const database = new Database(file);
    const broken = {
      id: '9003-broken',
      statements: ['create table labels (id text)', 'insert into nowhere values (1)'],
    };
    const options = { migrations: [...migrations, broken], snapshotFolder: undefined, now: Date.now };
    await expect(migrateSqlite(database, options)).rejects.toThrow('nowhere');
    database.close();
    expect(await lookIntoFile(file)).toEqual(wholeStates()[0]);
  });
});

const parallel = 4;

async function seedFile(file: string): Promise<string> {
  await (await openStore({ engine: 'sqlite', file })).close();
  const database = new Database(file);
  for (const statement of seedKeys) database.exec(statement);
  database.close();
  return file;
}

function copy(seed: string, folder: string, step: number): string {
  const own = join(folder, String(step));
  mkdirSync(own);
  copyFileSync(seed, join(own, 'waystation.sqlite'));
  return join(own, 'waystation.sqlite');
}

/** Answers which whole state the crash left, after checking that the next start finishes the work. */
async function crashAt(step: number, seed: string, folder: string): Promise<number> {
  const file = copy(seed, folder, step);
  const snapshotFolder = join(folder, String(step), 'snapshots');
  expect(await migrateInChild({ engine: 'sqlite', place: file, snapshotFolder, killAt: step })).toBe('killed');
  const found = await lookIntoFile(file);
  expect(wholeStates()).toContainEqual(found);
  if (found.labels !== 'none' || found.notes !== 'none') await expectSnapshot(snapshotFolder);
  const database = new Database(file);
  await migrateSqlite(database, { migrations: newerMigrations, snapshotFolder, now: Date.now });
  database.close();
  expect(await lookIntoFile(file)).toEqual(wholeStates()[2]);
  await expectSnapshot(snapshotFolder);
  return wholeStates().findIndex(({ appliedIds }) => appliedIds.length === found.appliedIds.length);
}

/** The roll-back file: whole, with the old schema and the old rows. */
async function expectSnapshot(snapshotFolder: string): Promise<void> {
  const [oldest] = readdirSync(snapshotFolder).filter(
    (name) => name.startsWith('before-9001') && name.endsWith('.sqlite'),
  );
  expect(await lookIntoFile(join(snapshotFolder, oldest ?? 'none'))).toEqual(wholeStates()[0]);
}

suiteThatNeeds(await missingPostgres(), 'migrations on PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  async function withClient<T>(work: (client: Client) => Promise<T>, { url } = database): Promise<T> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  const empty = () => withClient((client) => client.query('drop schema public cascade; create schema public'));
  const seed = async () => {
    await empty();
    await withClient(async (client) => {
      await migratePostgres(client, { migrations, now: Date.now });
      for (const statement of seedKeys) await client.query(statement);
    });
  };
  const lookAround = (at = database) =>
    withClient((client) => lookInto(async (query) => (await client.query(query)).rows), at);
  const finish = (at: TestDatabase) =>
    withClient((client) => migratePostgres(client, { migrations: newerMigrations, now: Date.now }), at);

  /** Answers which whole state the crash left, after checking that the next start finishes the work. */
  async function crashed(step: number): Promise<number> {
    const own = await createTestDatabase(database);
    try {
      expect(await migrateInChild({ engine: 'postgres', place: own.url, killAt: step })).toBe('killed');
      const found = await lookAround(own);
      expect(wholeStates()).toContainEqual(found);
      await finish(own);
      expect(await lookAround(own)).toEqual(wholeStates()[2]);
      return found.appliedIds.length - oldIds.length;
    } finally {
      await own.drop();
    }
  }

  test('D07 migration-crash: killed at every step, the database is old or new, never half', async () => {
    await seed();
    const whole = await createTestDatabase(database);
    const steps = await migrateInChild({ engine: 'postgres', place: whole.url });
    await whole.drop();
    if (steps === 'killed') throw new Error('The child was killed without being told');
    const states = new Set<number>();
    for (let first = 1; first <= steps; first += parallel) {
      const numbers = Array.from({ length: Math.min(parallel, steps - first + 1) }, (_, index) => first + index);
      for (const state of await Promise.all(numbers.map(crashed))) states.add(state);
    }
    expect(states).toEqual(new Set([0, 1, 2]));
  });

  test('nodes that start at the same time on an empty database migrate it once', async () => {
    await empty();
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => openStore({ engine: 'postgres', url: database.url })),
    );
    await Promise.all(stores.map((store) => store.close()));
    expect((await lookAround()).appliedIds).toEqual(oldIds);
  });

  test('a database that a newer version changed is refused and stays as it is', async () => {
    await seed();
    await withClient((client) => migratePostgres(client, { migrations: newerMigrations, now: Date.now }));
    await expect(openStore({ engine: 'postgres', url: database.url })).rejects.toThrow(StoreTooNew);
    expect(await lookAround()).toEqual(wholeStates()[2]);
  });
});
