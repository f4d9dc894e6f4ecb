import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';

/** A card of cc-switch, as its database keeps it. */
export interface Card {
  readonly program: string;
  readonly name: string;
  readonly settings: unknown;
  readonly meta?: unknown;
}

/** `~/.cc-switch/cc-switch.db` with the columns of its own schema. Answers the file. */
export function writeCcSwitch(home: string, cards: readonly Card[], { hasMeta = true, isLogged = false } = {}): string {
  const file = join(home, '.cc-switch', 'cc-switch.db');
  mkdirSync(dirname(file), { recursive: true });
  const database = new Database(file);
  if (isLogged) database.pragma('journal_mode = wal');
  database.exec(`create table providers (
    id text not null, app_type text not null, name text not null, settings_config text not null, website_url text,
    category text, created_at integer, sort_index integer, ${hasMeta ? "meta text not null default '{}'," : ''}
    is_current boolean not null default 0, primary key (id, app_type))`);
  for (const [index, { program, name, settings, meta = {} }] of cards.entries()) {
    const columns = ['id', 'app_type', 'name', 'settings_config', 'sort_index', ...(hasMeta ? ['meta'] : [])];
    const values = [
      `card-${index}`,
      program,
      name,
      JSON.stringify(settings),
      index,
      ...(hasMeta ? [JSON.stringify(meta)] : []),
    ];
    database
      .prepare(`insert into providers (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`)
      .run(...values);
  }
  database.close();
  return file;
}

export const card = {
  claude: (name: string, env: Readonly<Record<string, string>>, meta?: unknown): Card => ({
    ...{ program: 'claude', name, settings: { env } },
    ...(meta !== undefined && { meta }),
  }),
  codex: (name: string, key: string | undefined, config = ''): Card => ({
    ...{ program: 'codex', name },
    settings: { auth: key === undefined ? {} : { OPENAI_API_KEY: key }, config },
  }),
  gemini: (name: string, env: Readonly<Record<string, string>>): Card => ({
    ...{ program: 'gemini', name, settings: { env, config: {} } },
  }),
};

export function writeRouterConfig(home: string, text: string): string {
  const file = join(home, '.claude-code-router', 'config.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Its third version keeps the same in a database. */
export function writeRouterDatabase(home: string, config: unknown): string {
  const file = join(home, '.claude-code-router', 'config.sqlite');
  mkdirSync(dirname(file), { recursive: true });
  const database = new Database(file);
  database.exec('create table app_config (key text primary key, value_json text not null, updated_at text not null)');
  database.prepare('insert into app_config values (?, ?, ?)').run('default', JSON.stringify(config), '');
  database.close();
  return file;
}

export function writeExport(folder: string, content: unknown): string {
  const file = join(folder, 'backup.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
}
