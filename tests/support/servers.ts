import type { Config } from '../../app/config.ts';
import { redisUrl, removeKeys } from '../contract/state-redis.ts';
import { createTestDatabase } from './postgres.ts';

export interface Servers {
  readonly config: Pick<Config, 'databaseUrl' | 'redisUrl'>;
  /** Leaves nothing behind: the database, and what the live state has of these keys. */
  remove(keyIds: readonly string[]): Promise<void>;
}

const builtIn: Servers = { config: {}, remove: async () => undefined };

/** The built-in engines, or a new database on PostgreSQL and a real Redis: as the suite that is running says. */
export async function chooseServers(): Promise<Servers> {
  if (process.env['WAYSTATION_TEST_ON_SERVERS'] !== '1') return builtIn;
  const { url, drop } = await createTestDatabase();
  return {
    config: { databaseUrl: url, redisUrl },
    remove: async (keyIds) => {
      await drop();
      for (const id of keyIds) await removeKeys(`*:${id}`);
    },
  };
}
