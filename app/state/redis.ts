import type { Redis, RedisOptions } from 'ioredis';
import type { Clock } from '../domain/clock.ts';
import { ConditionalBatches } from './conditional.ts';
import type { BatchCommands, Engine, SingleCommands } from './engine.ts';
import { StateDamaged, StateUnavailable } from './state.ts';

export interface RedisEngineOptions {
  readonly url: string;
  readonly clock: Clock;
  warn(message: string): void;
}

/** At most one attempt a second, with some spread so that nodes do not come back together. */
const reconnectAfterMs = () => 1_000 + Math.floor(Math.random() * 250);

/** A command is answered, or rejects, within this time; nothing waits for a connection that is gone. */
const connection: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  commandTimeout: 2_000,
  socketTimeout: 5_000,
  keepAlive: 30_000,
  connectionName: 'waystation',
  retryStrategy: reconnectAfterMs,
};

const timeAsks = 5;
/** An answer this quick says the time well enough. */
const quickMs = 20;

/** A real Redis. Throws `StateUnavailable` when it cannot be used now; later losses are mended by reconnecting. */
export async function openRedis(options: RedisEngineOptions): Promise<Engine> {
  // Loaded when it is used: it weighs about 60 ms at start.
  const { Redis: Client } = await import('ioredis');
  const redis = new Client(options.url, connection);
  const engine = new RedisEngine(redis, options);
  try {
    await redis.connect();
    await engine.synchronize();
    // Such as a database number that the server does not have: it would answer from another one.
    if (engine.lastError) throw engine.lastError;
    return engine;
  } catch (error) {
    redis.disconnect();
    throw unreachable(options.url, engine.lastError ?? error);
  }
}

class RedisEngine implements Engine {
  readonly redis: SingleCommands;
  lastError: Error | undefined;
  readonly #client: Redis;
  readonly #options: RedisEngineOptions;
  readonly #conditional: ConditionalBatches;
  /** The server's wall clock minus our monotonic one; unknown until the first connection stands. */
  #offset: number | undefined;

  constructor(redis: Redis, options: RedisEngineOptions) {
    this.#client = redis;
    this.redis = translating(redis);
    this.#options = options;
    this.#conditional = new ConditionalBatches(() => this.#openSecond());
    // Without a listener an error event would end the process.
    redis.on('error', (error: Error) => this.#lost(error));
    redis.on('ready', () => void this.#found());
  }

  time(): number {
    return Math.floor((this.#offset ?? 0) + this.#options.clock.monotonic());
  }

  async batch(queue: (commands: BatchCommands) => void): Promise<readonly unknown[]> {
    const transaction = this.#client.multi();
    queue(transaction);
    const replies = (await transaction.exec().catch(translate)) ?? [];
    return replies.map(([error, reply]) => (error ? translate(error) : reply));
  }

  batchIf(key: string, expected: string, queue: (commands: BatchCommands) => void): Promise<boolean> {
    return this.#conditional.run(key, expected, queue).catch(translate);
  }

  expiring(): void {
    // A real Redis frees what has expired.
  }

  async close(): Promise<void> {
    await this.#conditional.close();
    await this.#client.quit().catch(() => undefined);
    this.#client.disconnect();
  }

  /**
   * Learns the server's time, so that nodes whose clocks differ agree on when a lease ends. It is off by half of how long the
   * answer took at most, so a node that was busy meanwhile asks again, and the quickest answer counts.
   */
  async synchronize(): Promise<void> {
    let quickest = await this.#askTime();
    for (let asked = 1; asked < timeAsks && quickest.tookMs > quickMs; asked += 1) {
      const next = await this.#askTime();
      if (next.tookMs < quickest.tookMs) quickest = next;
    }
    this.#offset = quickest.offset;
  }

  async #askTime(): Promise<{ readonly offset: number; readonly tookMs: number }> {
    const before = this.#options.clock.monotonic();
    const [seconds, microseconds] = await this.#client.time();
    const tookMs = this.#options.clock.monotonic() - before;
    return { offset: Number(seconds) * 1_000 + Number(microseconds) / 1_000 - (before + tookMs / 2), tookMs };
  }

  #lost(error: Error): void {
    const isNew = this.lastError === undefined && this.#offset !== undefined;
    this.lastError = error;
    if (isNew) this.#options.warn(`Redis cannot be used (${codeOf(error)}); trying again every second.`);
  }

  async #found(): Promise<void> {
    if (this.#offset === undefined) return;
    if (this.lastError) this.#options.warn('Redis can be used again.');
    this.lastError = undefined;
    await this.synchronize().catch(() => undefined);
  }

  /** It does not reconnect by itself, so that a lost Redis is asked once a second, not twice. */
  async #openSecond(): Promise<Redis> {
    if (this.#client.status !== 'ready') throw new StateUnavailable('Redis cannot be used now; try again shortly.');
    const second = this.#client.duplicate({ retryStrategy: () => null });
    second.on('error', () => undefined);
    await second.connect();
    return second;
  }
}

/** The same commands, whose failures say whether the server or its contents are to blame. */
function translating(redis: Redis): SingleCommands {
  return {
    get: (key) => redis.get(key).catch(translate),
    set: (key: string, value: string, ...[px, ttlMs, nx]: ['PX', number, 'NX'?]) =>
      (nx ? redis.set(key, value, px, ttlMs, nx) : redis.set(key, value, px, ttlMs)).catch(translate),
    del: (key) => redis.del(key).catch(translate),
    hgetall: (key) => redis.hgetall(key).catch(translate),
    hincrby: (key, field, amount) => redis.hincrby(key, field, amount).catch(translate),
    hdel: (key, ...fields) => redis.hdel(key, ...fields).catch(translate),
  };
}

const wrongContents = /^(?:WRONGTYPE|ERR (?:hash )?value is not an integer)/;

/** Throws `StateUnavailable` or `StateDamaged`. */
function translate(error: unknown): never {
  if (error instanceof StateUnavailable || error instanceof StateDamaged) throw error;
  const message = error instanceof Error ? error.message : String(error);
  if (wrongContents.test(message)) throw new StateDamaged('The live state holds what does not belong there', error);
  throw new StateUnavailable(`Redis cannot be used now (${codeOf(error)}); try again shortly.`, error);
}

function unreachable(url: string, cause: unknown): StateUnavailable {
  return new StateUnavailable(
    `Redis at ${withoutCredentials(url)} cannot be used (${codeOf(cause)}). Start it or correct its address; without an address the built-in engine is used.`,
    cause,
  );
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function withoutCredentials(url: string): string {
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}
