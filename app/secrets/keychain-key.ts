import { type DataKey, type KeptKey, newDataKey } from './data-key.ts';
import { type CreatedKey, type KeyMarker, matchMarker } from './key-marker.ts';
import { type Keychain, probeKeychain } from './keychain.ts';
import { VaultUnavailable } from './vault.ts';

const remedy =
  'Unlock the keychain of the user who set up Waystation (sign in to the desktop session; on a server, start its ' +
  'Secret Service) and start Waystation again.';

/** The name has the key's id, so that several installations of one user never overwrite each other. */
const accountOf = (keyId: string) => `data-key-${keyId}`;

export async function createKeychainKey(keychain: Keychain, key = newDataKey()): Promise<CreatedKey> {
  try {
    await probeKeychain(keychain);
    return await keepInKeychain(keychain, key);
  } catch (error) {
    throw new VaultUnavailable(
      `The system's keychain cannot keep the key that protects your secrets: ${reasonOf(error)}.`,
      'Unlock or set up the keychain, or choose another place for it with --secrets passphrase or --secrets key-file.',
      error,
    );
  }
}

export async function openKeychainKey(keychain: Keychain, marker: KeyMarker): Promise<DataKey> {
  const text = await keychain.get(accountOf(marker.keyId)).catch((error: unknown) => {
    throw new VaultUnavailable(
      `The system's keychain does not give out the key that protects your secrets: ${reasonOf(error)}.`,
      remedy,
      error,
    );
  });
  if (text === undefined) {
    throw new VaultUnavailable(
      "The key that protects your secrets is not in the system's keychain, where it was put; the keychain may be " +
        'locked, or belong to another user.',
      remedy,
    );
  }
  const dataKey = matchMarker(Buffer.from(text, 'base64url'), marker);
  if (dataKey) return dataKey;
  throw new VaultUnavailable(
    "The key in the system's keychain is not the one that the secrets in this database are sealed with.",
    `Put back the keychain entry ${accountOf(marker.keyId)}, or the database that belongs to it.`,
  );
}

async function keepInKeychain(keychain: Keychain, { bytes, dataKey }: KeptKey): Promise<CreatedKey> {
  const account = accountOf(dataKey.id);
  const text = bytes.toString('base64url');
  await keychain.set(account, text);
  if ((await keychain.get(account)) !== text) throw new Error('it did not give back what was written to it');
  return {
    dataKey,
    marker: { backend: 'keychain', keyId: dataKey.id, check: dataKey.check },
    discard: () => keychain.delete(account),
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : 'unknown reason';
}
