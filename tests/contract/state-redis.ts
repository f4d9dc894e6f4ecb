import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';

export const redisUrl = process.env['WAYSTATION_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';

/** Undefined when the server answers; else why the suites that need it cannot run. */
export async function missingRedis(): Promise<string | undefined> {
  try {
    await withRedis((redis) => redis.ping());
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `no Redis at ${withoutPassword(redisUrl)} (${reason}); set WAYSTATION_TEST_REDIS_URL`;
  }
}

/** Tests share the server with whatever else is on it. */
export function testPrefix(): string {
  return `ws-test-${randomBytes(6).toString('hex')}:`;
}

export async function removeKeys(prefix: string): Promise<void> {
  await withRedis(async (redis) => {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
      if (keys.length > 0) await redis.unlink(...keys);
    }
  });
}

/** What a careless neighbour on the same server does: every key that fits has another type afterwards. */
export async function overwriteKeys(pattern: string): Promise<void> {
  await withRedis(async (redis) => {
    for await (const keys of redis.scanStream({ match: pattern, count: 1_000 })) {
      for (const key of keys) {
        const isText = (await redis.type(key)) === 'string';
        const emptied = redis.multi().del(key);
        await (isText ? emptied.sadd(key, 'not ours') : emptied.set(key, 'not ours')).exec();
      }
    }
  });
}

/** What the hashes that fit hold, past whatever stands between the tests and the server. */
export async function readHashes(pattern: string): Promise<string> {
  return await withRedis(async (redis) => {
    const found: string[] = [];
    for await (const keys of redis.scanStream({ match: pattern, count: 1_000 })) {
      for (const key of keys)
        if ((await redis.type(key)) === 'hash') found.push(JSON.stringify(await redis.hgetall(key)));
    }
    return found.sort().join();
  });
}

async function withRedis<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 });
  let failure: Error | undefined;
  redis.on('error', (error) => {
    failure ??= error;
  });
  try {
    await redis.connect();
    return await use(redis);
  } catch (error) {
    throw failure ?? error;
  } finally {
    redis.disconnect();
  }
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}
