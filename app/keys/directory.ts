import { hash as digest } from 'node:crypto';
import type { BlockList } from 'node:net';
import { isWithin, rangesOf } from './addresses.ts';
import { type ApiKey, endOf, type Member, memberProblem } from './key.ts';
import { inForce } from './plan.ts';
import type { KeyChange, KeyRepository } from './repository.ts';
import { type HashedKey, importedHashes } from './row.ts';
import { isOfOurs } from './secret.ts';
import { createTurns } from './turns.ts';

export type RefusalReason =
  | 'key-invalid'
  | 'key-removed'
  | 'key-disabled'
  | 'key-expired'
  | 'address-not-allowed'
  | 'member-suspended'
  | 'member-removed';

export type KeyVerdict =
  | { readonly ok: true; readonly key: ApiKey }
  | {
      readonly ok: false;
      readonly reason: RefusalReason;
      readonly key?: ApiKey | undefined;
    };

/** What one secret opens. */
interface Entry {
  readonly key: ApiKey;
  /** Where it may be used from, when it is not anywhere. */
  readonly ranges: BlockList | undefined;
  /** Set for the secret before a rotation. */
  readonly until: number | undefined;
}

/** More than anybody has keys; one is kept for each secret that was right. */
const maxKnownHashes = 20_000;

/** All keys in memory. A check hashes the presented secret before it looks anything up, and never asks the database. */
export class KeyDirectory {
  readonly #repository: KeyRepository;
  readonly #hashSecret: (secret: string) => string;
  readonly #inTurn = createTurns();
  /** SHA-256 of a secret to its stored hash: the same secret always has the same one, so nothing here grows stale. */
  readonly #knownHashes = new Map<string, string>();
  readonly #byHash = new Map<string, Entry>();
  readonly #byId = new Map<string, HashedKey>();
  /** Of keys that were made elsewhere, also in the trash: they do not begin like ours. */
  readonly #importedHashes = new Set<string>();
  /** Of those that are gone for good. */
  readonly #removedHashes = new Set<string>();
  #revision = '';
  #changes = 0;

  private constructor(repository: KeyRepository, hashSecret: (secret: string) => string) {
    this.#repository = repository;
    this.#hashSecret = hashSecret;
  }

  /** Follows the changes that are made through `repository`; changes of other nodes come in by `poll`. */
  static async open(repository: KeyRepository): Promise<KeyDirectory> {
    const directory = new KeyDirectory(repository, await repository.createHasher());
    repository.onChange((change) => directory.#apply(change));
    await directory.reload();
    return directory;
  }

  reload(): Promise<void> {
    return this.#inTurn(() => this.#load());
  }

  /** Reloads when any process changed a key since the last load: one small query when none did. */
  async poll(): Promise<void> {
    if ((await this.#repository.revision()) !== this.#revision) await this.reload();
  }

  /** Hot path. Wrong secrets cost the same whatever they begin with. */
  verify(secret: string, nowMs: number, address?: string): KeyVerdict {
    const verdict = this.verifyEnded(secret, nowMs, address);
    if (!verdict.ok) return verdict;
    const end = endOf(verdict.key);
    return end !== undefined && end <= nowMs ? { ok: false, reason: 'key-expired', key: verdict.key } : verdict;
  }

  /** The same for what a key may do after its own end; the secret before a rotation has another one. */
  verifyEnded(secret: string, nowMs: number, address?: string): KeyVerdict {
    const hash = this.#hashOf(secret);
    const entry = this.#byHash.get(hash);
    if (!entry) return { ok: false, reason: this.#removedHashes.has(hash) ? 'key-removed' : 'key-invalid' };
    const { key, ranges, until } = entry;
    if (key.removedAt !== undefined) return { ok: false, reason: 'key-removed', key };
    if (!key.isEnabled) return { ok: false, reason: 'key-disabled', key };
    const problem = memberProblem(key);
    if (problem !== undefined) return { ok: false, reason: problem, key };
    if (until !== undefined && until <= nowMs) return { ok: false, reason: 'key-expired', key };
    if (ranges && !isWithin(ranges, address)) return { ok: false, reason: 'address-not-allowed', key };
    return { ok: true, key };
  }

  /** Whether this is meant to be a key of ours, right or wrong, and not an upstream's credential. */
  isMeant(secret: string): boolean {
    if (isOfOurs(secret)) return true;
    if (this.#importedHashes.size + this.#removedHashes.size === 0) return false;
    const hash = this.#hashSecret(secret);
    return this.#importedHashes.has(hash) || this.#removedHashes.has(hash);
  }

  get(id: string): ApiKey | undefined {
    const key = this.#byId.get(id)?.key;
    return key?.removedAt === undefined ? key : undefined;
  }

  /** Somebody with a key that is in use. Not for the hot path: it looks at all keys. */
  member(id: string): Member | undefined {
    for (const { key } of this.#byId.values()) if (key.memberId === id && key.member) return key.member;
    return undefined;
  }

  #hashOf(secret: string): string {
    const fingerprint = digest('sha256', secret);
    const known = this.#knownHashes.get(fingerprint);
    if (known !== undefined) return known;
    const hash = this.#hashSecret(secret);
    // Only right secrets are kept, so that guesses cannot push them out.
    if (this.#byHash.has(hash)) this.#remember(fingerprint, hash);
    return hash;
  }

  #remember(fingerprint: string, hash: string): void {
    if (this.#knownHashes.size >= maxKnownHashes) this.#knownHashes.clear();
    this.#knownHashes.set(fingerprint, hash);
  }

  async #load(): Promise<void> {
    const seen = this.#changes;
    const revision = await this.#repository.revision();
    const stored = await this.#repository.listHashed();
    const removed = await this.#repository.listRemovedHashes();
    // A change that came in while we read may be missing from the list: read again rather than undo it.
    if (seen !== this.#changes) return this.#load();
    for (const id of [...this.#byId.keys()]) this.#drop(id);
    for (const hashed of stored) this.#add(hashed);
    for (const hash of removed) this.#removedHashes.add(hash);
    this.#revision = revision;
  }

  #apply(change: KeyChange): void {
    this.#changes += 1;
    const id = change.kind === 'stored' ? change.stored.key.id : change.id;
    const before = this.#byId.get(id);
    this.#drop(id);
    if (change.kind === 'stored') this.#add(change.stored);
    for (const hash of before ? importedHashes(before) : [])
      if (!this.#importedHashes.has(hash)) this.#removedHashes.add(hash);
  }

  /** With its plan and its member: whoever asks gets what is in force. */
  #add(stored: HashedKey): void {
    const hashed = { ...stored, key: inForce(stored.key) };
    const { key, hash, old } = hashed;
    this.#byId.set(key.id, hashed);
    for (const imported of importedHashes(hashed)) this.#importedHashes.add(imported);
    const ranges = rangesOf(key.addresses);
    this.#byHash.set(hash, { key, ranges, until: undefined });
    if (old) this.#byHash.set(old.hash, { key, ranges, until: old.until });
  }

  #drop(id: string): void {
    const before = this.#byId.get(id);
    if (!before) return;
    this.#byId.delete(id);
    for (const hash of hashesOf(before)) {
      this.#byHash.delete(hash);
      this.#importedHashes.delete(hash);
    }
  }
}

function hashesOf({ hash, old }: HashedKey): readonly string[] {
  return old ? [hash, old.hash] : [hash];
}
