import * as z from 'zod';
import type { SecretPlace, Vault } from '../secrets/vault.ts';
import type { SettingsRepository } from '../store/settings.ts';
import { type LdapSettings, ldapFields, type OidcSettings, oidcFields } from './directory-input.ts';

export interface Directories {
  readonly ldap: LdapSettings;
  readonly oidc: OidcSettings;
}
export type DirectoryKind = keyof Directories;

export const directorySettings = { ldap: 'directory.ldap', oidc: 'directory.oidc' } as const;

const sealed = z.string().optional();
const stored = {
  ldap: z.object({ fields: ldapFields, sealed }),
  oidc: z.object({ fields: oidcFields, sealed }),
} as const;

/** A directory or an issuer that knows people, as it is set up here. */
export interface Directory<Kind extends DirectoryKind> {
  readonly fields: Directories[Kind];
  readonly hasSecret: boolean;
}

/** Where else members are known. Secrets are sealed in the vault, and opened only to sign somebody in. */
export class DirectorySettings {
  readonly #settings: Pick<SettingsRepository, 'get' | 'set' | 'remove'>;
  readonly #vault: Vault;

  constructor(settings: Pick<SettingsRepository, 'get' | 'set' | 'remove'>, vault: Vault) {
    this.#settings = settings;
    this.#vault = vault;
  }

  async ldap(): Promise<Directory<'ldap'> | undefined> {
    const found = await this.#read('ldap');
    return found && { fields: found.fields, hasSecret: found.sealed !== undefined };
  }

  async oidc(): Promise<Directory<'oidc'> | undefined> {
    const found = await this.#read('oidc');
    return found && { fields: found.fields, hasSecret: found.sealed !== undefined };
  }

  /** Throws `SecretUnreadable`. */
  async secret(kind: DirectoryKind): Promise<string | undefined> {
    const envelope = (await this.#read(kind))?.sealed;
    return envelope === undefined ? undefined : this.#vault.open(placeOf(kind), envelope);
  }

  /** A secret that is left out stays; null takes it away. */
  async set<Kind extends DirectoryKind>(
    kind: Kind,
    fields: Directories[Kind],
    secret: string | null | undefined,
  ): Promise<void> {
    const before = secret === undefined ? (await this.#read(kind))?.sealed : undefined;
    const envelope = typeof secret === 'string' ? this.#vault.seal(placeOf(kind), secret) : before;
    await this.#settings.set(directorySettings[kind], JSON.stringify({ fields, sealed: envelope }));
  }

  async remove(kind: DirectoryKind): Promise<void> {
    await this.#settings.remove(directorySettings[kind]);
  }

  async #read<Kind extends DirectoryKind>(kind: Kind): Promise<z.output<(typeof stored)[Kind]> | undefined> {
    const text = await this.#settings.get(directorySettings[kind]);
    // What a newer version wrote is not understood here, and lets nobody in.
    return text === undefined
      ? undefined
      : (stored[kind].safeParse(JSON.parse(text)).data as z.output<(typeof stored)[Kind]> | undefined);
  }
}

function placeOf(kind: DirectoryKind): SecretPlace {
  return { table: 'settings', row: directorySettings[kind], column: 'secret' };
}
