import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../protocols/json-value.ts';
import { type SecretPlace, SecretUnreadable, type Vault } from '../secrets/vault.ts';

/** What is known of a renewal that has begun. */
export interface BegunRenewal {
  /** Revision of the secret that it was begun with. */
  readonly from: number;
  /** That secret. */
  readonly previous: unknown;
  /** What the token endpoint answered, once it has. */
  readonly received?: { readonly secret: unknown } | undefined;
}

const entry = z.object({ from: z.number(), sealed: z.string() });
const content = z.object({ previous: z.unknown(), received: z.object({ secret: z.unknown() }).optional() });

/**
 * Renewals in a file each, sealed, on disk before they go on (A04): the token endpoint takes a refresh token once, so
 * between its answer and the database there must be no moment at which a killed process takes the only copy along.
 */
export class RenewalJournal {
  readonly #folder: string;
  readonly #vault: Vault;

  constructor(folder: string, vault: Vault) {
    this.#folder = folder;
    this.#vault = vault;
  }

  /** Synchronous on purpose: nothing happens between the answer and the disk. */
  write(accountId: string, { from, previous, received }: BegunRenewal): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const sealed = this.#vault.seal(placeOf(accountId), JSON.stringify({ previous, received }));
    const path = this.#path(accountId);
    writeDurably(`${path}.new`, JSON.stringify({ from, sealed }));
    renameSync(`${path}.new`, path);
  }

  /** Undefined when none has begun, or its file cannot be read any more. */
  read(accountId: string): BegunRenewal | undefined {
    const found = entry.safeParse(parseJson(readText(this.#path(accountId))));
    if (!found.success) return undefined;
    try {
      const opened = content.parse(JSON.parse(this.#vault.open(placeOf(accountId), found.data.sealed)));
      return { from: found.data.from, previous: opened.previous, received: toReceived(opened.received) };
    } catch (error) {
      if (error instanceof SecretUnreadable || error instanceof z.ZodError) return undefined;
      throw error;
    }
  }

  /** Accounts with a renewal that has begun. */
  list(): readonly string[] {
    const names = readNames(this.#folder);
    return names.flatMap((name) => (name.endsWith(fileEnd) ? [name.slice(0, -fileEnd.length)] : []));
  }

  clear(accountId: string): void {
    rmSync(this.#path(accountId), { force: true });
  }

  #path(accountId: string): string {
    return join(this.#folder, `${accountId}${fileEnd}`);
  }
}

const fileEnd = '.json';

function placeOf(accountId: string): SecretPlace {
  return { table: 'accounts', row: accountId, column: 'renewal' };
}

function toReceived(found: { secret?: unknown } | undefined): BegunRenewal['received'] {
  return found && { secret: found.secret };
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // no renewal has begun
  }
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // none ever has
  }
}
