import * as z from 'zod';
import { type DataKey, toDataKey } from './data-key.ts';
import { VaultUnavailable } from './vault.ts';

/** Where the marker lives: the settings table of the database whose secrets the data key seals. */
export interface Markers {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  /** Answers the value stored now. With it, two processes that start first at the same time agree on one data key. */
  setIfAbsent?(name: string, value: string): Promise<string>;
}

export const markerName = 'vault.data-key';

const identity = { keyId: z.string().length(8), check: z.string().min(1) };

const schema = z.discriminatedUnion('backend', [
  z.object({ backend: z.literal('keychain'), ...identity }),
  z.object({ backend: z.literal('key-file'), ...identity }),
  z.object({
    backend: z.literal('passphrase'),
    ...identity,
    salt: z.string().min(1),
    /** The data key, sealed with the key that scrypt makes from passphrase and salt. */
    sealedKey: z.string().min(1),
  }),
]);

/** Says which data key this database is sealed with and where that key is kept. Written once. */
export type KeyMarker = z.infer<typeof schema>;
export type PassphraseMarker = Extract<KeyMarker, { readonly backend: 'passphrase' }>;

/** A data key that was just kept, before the database knows it. */
export interface CreatedKey {
  readonly dataKey: DataKey;
  readonly marker: KeyMarker;
  /** Forgets it again: another process was first. */
  discard(): Promise<void>;
}

export async function readMarker(markers: Markers): Promise<KeyMarker | undefined> {
  const text = await markers.get(markerName);
  return text === undefined ? undefined : parseMarker(text);
}

/** Stores the marker unless there is one; answers the one that counts. */
export async function claimMarker(markers: Markers, marker: KeyMarker): Promise<KeyMarker> {
  const text = JSON.stringify(marker);
  if (markers.setIfAbsent) return parseMarker(await markers.setIfAbsent(markerName, text));
  await markers.set(markerName, text);
  return marker;
}

/** The data key in `bytes` when it is the one the marker speaks of. */
export function matchMarker(bytes: Buffer | undefined, marker: KeyMarker): DataKey | undefined {
  const dataKey = bytes && toDataKey(bytes);
  return dataKey?.id === marker.keyId && dataKey.check === marker.check ? dataKey : undefined;
}

function parseMarker(text: string): KeyMarker {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new VaultUnavailable(
      'The database says which key its secrets are sealed with, but in a form this version does not understand.',
      'Start the version that wrote it, or put back a snapshot of the database.',
      error,
    );
  }
}
