import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { createTurns } from '../../keys/turns.ts';
import type { SettingsRepository } from '../../store/settings.ts';

const setting = 'admin.password';
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;
const hashBytes = 32;

const stored = z.object({
  salt: z.base64(),
  hash: z.base64(),
  N: z
    .int()
    .min(2)
    .max(2 ** 17),
  r: z.int().min(1).max(32),
  p: z.int().min(1).max(16),
});

/** The password of the admin pages; only its scrypt hash is kept. Hashing runs off the main thread, one at a time. */
export class AdminPassword {
  readonly #settings: SettingsRepository;
  readonly #inTurn = createTurns();

  constructor(settings: SettingsRepository) {
    this.#settings = settings;
  }

  async isSet(): Promise<boolean> {
    return (await this.#settings.get(setting)) !== undefined;
  }

  async set(password: string): Promise<void> {
    const salt = randomBytes(16);
    const hash = await this.#inTurn(() => derive(password, salt, cost));
    const { N, r, p } = cost;
    const value = { salt: salt.toString('base64'), hash: hash.toString('base64'), N, r, p };
    await this.#settings.set(setting, JSON.stringify(value));
  }

  async clear(): Promise<void> {
    await this.#settings.remove(setting);
  }

  /** False too when none is set. */
  async isRight(password: string): Promise<boolean> {
    const text = await this.#settings.get(setting);
    const kept = text === undefined ? undefined : stored.safeParse(JSON.parse(text)).data;
    if (!kept) return false;
    const { N, r, p } = kept;
    const salt = Buffer.from(kept.salt, 'base64');
    const hash = await this.#inTurn(() => derive(password, salt, { N, r, p, maxmem: cost.maxmem * 4 }));
    const expected = Buffer.from(kept.hash, 'base64');
    return expected.length === hash.length && timingSafeEqual(hash, expected);
  }
}

function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, hashBytes, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
