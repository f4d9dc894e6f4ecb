/** What runs the commands: a real Redis, or the embedded engine. Only commands that behave the same on both are used. */
export interface Engine {
  readonly redis: SingleCommands;
  /** Milliseconds that every node agrees on and that do not jump while this process runs. */
  time(): number;
  /** Runs commands together, with nothing of anybody else between them. Answers their replies in order. */
  batch(queue: (commands: BatchCommands) => void): Promise<readonly unknown[]>;
  /** Runs `queue` together, but only if `key` holds exactly `expected` until it is done. */
  batchIf(key: string, expected: string, queue: (commands: BatchCommands) => void): Promise<boolean>;
  /** Must be told of every lifetime that is set: the embedded engine does not free expired keys by itself. */
  expiring(key: string, ttlMs: number): void;
  close(): Promise<void>;
}

/** Each by itself. Reject with `StateUnavailable`, or `StateDamaged` when a key holds something else. */
export interface SingleCommands {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ...lifetime: ['PX', number]): Promise<'OK' | null>;
  set(key: string, value: string, ...onlyNew: ['PX', number, 'NX']): Promise<'OK' | null>;
  del(key: string): Promise<number>;
  hgetall(key: string): Promise<unknown>;
  hincrby(key: string, field: string, amount: number): Promise<number>;
  hdel(key: string, ...fields: string[]): Promise<number>;
}

/** Commands that may be queued; their replies come from the batch. */
export interface BatchCommands {
  incrby(key: string, amount: number): unknown;
  hincrby(key: string, field: string, amount: number): unknown;
  hgetall(key: string): unknown;
  pexpire(key: string, ttlMs: number): unknown;
  psetex(key: string, ttlMs: number, value: string): unknown;
  get(key: string): unknown;
  del(key: string): unknown;
}
