/** The place an envelope belongs to; it opens nowhere else. */
export interface SecretPlace {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

export type KeyBackendId = 'keychain' | 'passphrase' | 'key-file';

/** Seals and opens secrets with the installation's data key. Fails closed: no answer is ever plain or guessed text. */
export interface Vault {
  readonly backend: KeyBackendId;
  /** Its key cannot be had now, and its owner goes on without: nothing is sealed or opened. */
  readonly isLocked?: true;
  seal(place: SecretPlace, text: string): string;
  /** Throws `SecretUnreadable` when the envelope was changed, moved, or sealed with another key. */
  open(place: SecretPlace, envelope: string): string;
  /** The marker of a copy of this database that `passphrase` opens anywhere. */
  markerFor(passphrase: string): Promise<string>;
}

export class SecretUnreadable extends Error {
  constructor(place: SecretPlace) {
    super(`The stored ${place.table} ${place.column} cannot be decrypted with this installation's data key`);
    this.name = 'SecretUnreadable';
  }
}

/** The data key cannot be had now. The message says what happened and what to do; no other key is made in its place. */
export class VaultUnavailable extends Error {
  readonly happened: string;
  readonly remedy: string;

  constructor(happened: string, remedy: string, cause?: unknown) {
    super(`${happened} ${remedy}`, cause === undefined ? undefined : { cause });
    this.name = 'VaultUnavailable';
    this.happened = happened;
    this.remedy = remedy;
  }
}

/** The one thing that opens them is a passphrase, and it was not given, or another one was. */
export class PassphraseNeeded extends VaultUnavailable {
  override readonly name = 'PassphraseNeeded';
}
