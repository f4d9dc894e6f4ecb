import { type Clock, systemClock } from '../domain/clock.ts';
import { bytesOf, type DataKey, type KeptKey, newDataKey } from './data-key.ts';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import { createKeyFile, keyFilePath, openKeyFile } from './key-file.ts';
import { type CreatedKey, claimMarker, type KeyMarker, type Markers, markerName, readMarker } from './key-marker.ts';
import { type Keychain, systemKeychain, withPatience } from './keychain.ts';
import { createKeychainKey, openKeychainKey } from './keychain-key.ts';
import { createPassphraseKey, openPassphraseKey } from './passphrase-key.ts';
import { type KeyBackendId, type Vault, VaultUnavailable } from './vault.ts';

export interface VaultOptions {
  /** `auto`: the place the marker names; on the first start the keychain, else the passphrase if given, else a key file. */
  readonly backend: 'auto' | KeyBackendId;
  /** The data folder, for the key file. */
  readonly folder: string;
  readonly passphrase?: string | undefined;
  readonly markers: Markers;
  readonly keychain?: Keychain | undefined;
  readonly clock?: Clock | undefined;
  warn(message: string): void;
}

/** Finds the data key where the marker says it is, or makes one on the very first start. Throws `VaultUnavailable`. */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const { markers, backend } = options;
  const places = placesOf(options);
  const marker = await readMarker(markers);
  if (!marker) return createVault(places);
  if (backend !== 'auto' && backend !== marker.backend) throw otherBackend(backend, marker.backend);
  return vaultOf(places, marker, await findKey(places, marker));
}

/** Where the database came from a backup: its key moves from the backup's passphrase to the place that `options` names. */
export async function moveKey(options: VaultOptions, passphrase: string): Promise<void> {
  const marker = await readMarker(options.markers);
  if (marker?.backend !== 'passphrase') return;
  const key = bytesOf(await openPassphraseKey(passphrase, marker));
  const moved = await createKey(placesOf(options), key);
  await options.markers.set(markerName, JSON.stringify(moved.marker));
}

function placesOf(options: VaultOptions): Places {
  const { clock = systemClock } = options;
  return { ...options, keychain: withPatience(options.keychain ?? systemKeychain, clock) };
}

interface Places extends VaultOptions {
  readonly keychain: Keychain;
}

async function createVault(places: Places): Promise<Vault> {
  const created = await createKey(places, newDataKey());
  const marker = await claimMarker(places.markers, created.marker);
  if (marker.keyId === created.dataKey.id) return vaultOf(places, marker, created.dataKey);
  // A key that nothing was sealed with may stay behind; the start must not fail for it.
  await created.discard().catch(() => undefined);
  return vaultOf(places, marker, await findKey(places, marker));
}

function createKey(places: Places, key: KeptKey): Promise<CreatedKey> {
  switch (places.backend) {
    case 'keychain':
      return createKeychainKey(places.keychain, key);
    case 'passphrase':
      return createPassphraseKey(places.passphrase, key);
    case 'key-file':
      return createKeyFile(places.folder, key);
    case 'auto':
      return createBestKey(places, key);
  }
}

async function createBestKey(places: Places, key: KeptKey): Promise<CreatedKey> {
  try {
    return await createKeychainKey(places.keychain, key);
  } catch (error) {
    // Any other error than a keychain that does not work must be seen.
    if (!(error instanceof VaultUnavailable)) throw error;
    places.warn(error.happened);
    return places.passphrase ? createPassphraseKey(places.passphrase, key) : createKeyFile(places.folder, key);
  }
}

function findKey(places: Places, marker: KeyMarker): Promise<DataKey> {
  switch (marker.backend) {
    case 'keychain':
      return openKeychainKey(places.keychain, marker);
    case 'passphrase':
      return openPassphraseKey(places.passphrase, marker);
    case 'key-file':
      return openKeyFile(places.folder, marker);
  }
}

function vaultOf(places: Places, { backend }: KeyMarker, dataKey: DataKey): Vault {
  if (backend === 'key-file') {
    places.warn(
      `Your secrets are protected by the key file ${keyFilePath(places.folder, dataKey.id)} only, not by the operating ` +
        'system: whoever can read this file and the database can read every credential in it. Keep both private.',
    );
  }
  return {
    backend,
    seal: (place, text) => sealEnvelope(dataKey, place, text),
    open: (place, envelope) => openEnvelope(dataKey, place, envelope),
    markerFor: async (passphrase) => JSON.stringify((await createPassphraseKey(passphrase, bytesOf(dataKey))).marker),
  };
}

function otherBackend(asked: KeyBackendId, found: KeyBackendId): VaultUnavailable {
  return new VaultUnavailable(
    `The secrets in this database are protected by the ${found}, but the settings ask for the ${asked}.`,
    `Set --secrets to ${found} or auto.`,
  );
}
