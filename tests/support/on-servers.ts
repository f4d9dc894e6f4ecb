import { beforeEach } from 'vitest';
import { missingRedis } from '../contract/state-redis.ts';
import { missingPostgres } from './postgres.ts';
import { isEverythingRequired } from './required.ts';

const missing = (await missingPostgres()) ?? (await missingRedis());

beforeEach((context) => {
  if (missing === undefined) return;
  if (isEverythingRequired) throw new Error(`${missing}; WAYSTATION_REQUIRE_ALL=1 forbids to skip`);
  context.skip(missing);
});
