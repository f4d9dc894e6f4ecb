import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

const serverUrl = process.env['WAYSTATION_TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';

/** Undefined when the server answers; else why the suites that need it cannot run. */
export async function missingPostgres(): Promise<string | undefined> {
  try {
    await onServer('select 1');
    return undefined;
  } catch (error) {
    return `no PostgreSQL at ${withoutPassword(serverUrl)} (${reasonOf(error)}); set WAYSTATION_TEST_POSTGRES_URL`;
  }
}

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  drop(): Promise<void>;
}

/** A new database: empty, or as another one is, to which nobody may be connected. */
export async function createTestDatabase(template?: TestDatabase): Promise<TestDatabase> {
  const name = `waystation_test_${randomBytes(6).toString('hex')}`;
  await onServer(`create database ${name}${template ? ` template ${template.name}` : ''}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { name, url: url.href, drop: () => onServer(`drop database if exists ${name} with (force)`) };
}

async function onServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
