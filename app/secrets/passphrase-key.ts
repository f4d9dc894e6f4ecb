import { randomBytes, scrypt } from 'node:crypto';
import { type DataKey, dataKeyBytes, newDataKey, toDataKey } from './data-key.ts';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import { type CreatedKey, matchMarker, type PassphraseMarker } from './key-marker.ts';
import { PassphraseNeeded, VaultUnavailable } from './vault.ts';

/** About 64 MiB and 0.2 s for every guess. */
const cost = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const saltBytes = 16;
const minLength = 8;
const place = { table: 'settings', row: 'vault.data-key', column: 'sealedKey' };

const howToGive = 'in the first line of the file that --passphrase-file names';

export async function createPassphraseKey(
  passphrase: string | undefined,
  { bytes, dataKey } = newDataKey(),
): Promise<CreatedKey> {
  const given = requirePassphrase(passphrase);
  if (given.length < minLength) {
    throw new VaultUnavailable(
      `The passphrase has fewer than ${minLength} characters, too few to protect your secrets.`,
      `Put a longer one ${howToGive}.`,
    );
  }
  const salt = randomBytes(saltBytes);
  const sealedKey = sealEnvelope(await stretch(given, salt), place, bytes.toString('base64url'));
  return {
    dataKey,
    marker: {
      backend: 'passphrase',
      keyId: dataKey.id,
      check: dataKey.check,
      salt: salt.toString('base64url'),
      sealedKey,
    },
    // Nothing is kept outside the marker.
    discard: async () => undefined,
  };
}

export async function openPassphraseKey(passphrase: string | undefined, marker: PassphraseMarker): Promise<DataKey> {
  const stretched = await stretch(requirePassphrase(passphrase), Buffer.from(marker.salt, 'base64url'));
  const dataKey = matchMarker(unseal(stretched, marker), marker);
  if (dataKey) return dataKey;
  throw new PassphraseNeeded(
    'The passphrase is not the one that protects the secrets in this database.',
    `Put the right one ${howToGive}.`,
  );
}

function unseal(stretched: DataKey, { sealedKey }: PassphraseMarker): Buffer | undefined {
  try {
    return Buffer.from(openEnvelope(stretched, place, sealedKey), 'base64url');
  } catch {
    // A wrong passphrase makes another key, which the envelope refuses.
    return undefined;
  }
}

function requirePassphrase(passphrase: string | undefined): string {
  if (passphrase) return passphrase;
  throw new PassphraseNeeded('The secrets are protected by a passphrase, and none was given.', `Put it ${howToGive}.`);
}

/** NFKC, so that the same passphrase typed on another system gives the same key. */
export async function stretch(passphrase: string, salt: Buffer): Promise<DataKey> {
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, dataKeyBytes, cost, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
  const stretched = toDataKey(bytes);
  if (!stretched) throw new Error('scrypt gave a key of another length than asked');
  return stretched;
}
