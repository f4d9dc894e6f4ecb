import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { createTurns } from '../keys/turns.ts';

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

/** scrypt, off the main thread and one at a time: many tries at once must not take all the memory. */
export class PasswordHashes {
  readonly #inTurn = createTurns();

  /** As text to be stored. */
  async make(password: string): Promise<string> {
    const salt = randomBytes(16);
    const hash = await this.#inTurn(() => derive(password, salt, cost));
    const { N, r, p } = cost;
    return JSON.stringify({ salt: salt.toString('base64'), hash: hash.toString('base64'), N, r, p });
  }

  /** Without a stored hash it takes as long, and is wrong: nobody learns from the time whether there is one. */
  async isRight(password: string, text: string | undefined): Promise<boolean> {
    const kept = text === undefined ? undefined : stored.safeParse(JSON.parse(text)).data;
    if (!kept) {
      await this.#inTurn(() => derive(password, randomBytes(16), cost));
      return false;
    }
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
