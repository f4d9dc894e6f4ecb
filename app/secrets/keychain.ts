import { randomBytes } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';

/** The operating system's store of secrets. Every function may fail: locked, denied, no such service. */
export interface Keychain {
  get(account: string): Promise<string | undefined>;
  set(account: string, secret: string): Promise<void>;
  delete(account: string): Promise<void>;
}

const application = 'Waystation';

/** Long enough for somebody to answer the system's unlock prompt. */
const patienceMs = 60_000;

/**
 * Keychain on macOS, Credential Manager on Windows, Secret Service on Linux. NOTE: without the pinned store the library
 * falls back to the kernel's keyring, silently and in memory only.
 */
export const systemKeychain: Keychain = {
  get: async (account) => (await (await entry(account)).getPassword()) ?? undefined,
  set: async (account, secret) => (await entry(account)).setPassword(secret),
  delete: async (account) => {
    await (await entry(account)).deleteCredential();
  },
};

/** What another program keeps; undefined when there is none, or it may not be read: the system may ask its user. */
export async function readKeychainItem(service: string, account: string): Promise<string | undefined> {
  try {
    return (await (await entry(account, service)).getPassword()) ?? undefined;
  } catch {
    return undefined; // locked or denied: the caller says that there is no login to use
  }
}

/** Loaded when it is needed: where its binary is missing, only the keychain is missing. */
async function entry(account: string, service = application) {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  return new AsyncEntry(service, account, { linux: { store: 'secret-service' } });
}

/** Proves that the keychain keeps what it is given. Throws what stands in the way. */
export async function probeKeychain(keychain: Keychain): Promise<void> {
  const account = `probe-${randomBytes(8).toString('hex')}`;
  const secret = randomBytes(16).toString('base64url');
  await keychain.set(account, secret);
  const found = await keychain.get(account);
  await keychain.delete(account);
  if (found !== secret) throw new Error('it did not give back what was written to it');
}

/** A keychain that fails when the system does not answer, instead of waiting for ever. */
export function withPatience(keychain: Keychain, clock: Clock): Keychain {
  return {
    get: (account) => within(clock, keychain.get(account)),
    set: (account, secret) => within(clock, keychain.set(account, secret)),
    delete: (account) => within(clock, keychain.delete(account)),
  };
}

async function within<T>(clock: Clock, answer: Promise<T>): Promise<T> {
  let cancel: () => void = () => undefined;
  const tooLate = new Promise<never>((_, reject) => {
    cancel = clock.after(patienceMs, () => reject(new Error(`it did not answer within ${patienceMs / 1_000} s`)));
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    cancel();
  }
}
