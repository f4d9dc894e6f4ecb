import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import * as z from 'zod';
import type { Clock } from '../domain/clock.ts';
import type { Vault } from '../secrets/vault.ts';
import type { SettingsRepository } from '../store/settings.ts';

export interface AuthorityDeps {
  readonly settings: Pick<SettingsRepository, 'get' | 'setIfAbsent'>;
  readonly vault: Vault;
  readonly clock: Clock;
}

/** What a TLS listener shows. */
export interface Leaf {
  readonly key: string;
  readonly cert: string;
  readonly expiresAt: number;
}

const setting = 'sharing.authority';
const keyPlace = { table: 'settings', row: setting, column: 'value' } as const;
const stored = z.strictObject({ cert: z.string(), sealedKey: z.string() });
const dayMs = 86_400_000;
const authorityDays = 3_650;
const leafDays = 90;
/** Renewed when it ends sooner than this. */
const renewBeforeMs = 30 * dayMs;
/** Clocks of other computers may be late. */
const graceMs = dayMs;

/** This installation's own certificate authority: made at the first use, its key sealed in the vault. */
export class Authority {
  readonly #deps: AuthorityDeps;

  constructor(deps: AuthorityDeps) {
    this.#deps = deps;
  }

  /** Undefined before it was made, and when it cannot be read. */
  async certificate(): Promise<string | undefined> {
    const text = await this.#deps.settings.get(setting);
    return text === undefined ? undefined : parsed(text)?.cert;
  }

  async issue(names: readonly string[]): Promise<Leaf> {
    const { cert: authorityCert, sealedKey } = (await this.#read()) ?? (await this.#make());
    const key = this.#deps.vault.open(keyPlace, sealedKey);
    const made = await generate(
      { name: names[0] ?? 'Waystation', days: leafDays, now: this.#deps.clock.now() },
      {
        ca: { key, cert: authorityCert },
        extensions: [
          { name: 'basicConstraints', cA: false, critical: true },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', serverAuth: true },
          { name: 'subjectAltName', altNames: names.map(altName) },
        ],
      },
    );
    return { key: made.private, cert: `${made.cert.trimEnd()}\n${authorityCert}`, expiresAt: endOf(made.cert) };
  }

  isDue({ expiresAt }: Leaf): boolean {
    return expiresAt - this.#deps.clock.now() < renewBeforeMs;
  }

  async #read() {
    const text = await this.#deps.settings.get(setting);
    if (text === undefined) return undefined;
    const found = parsed(text);
    if (!found) throw new Error('the stored authority cannot be read. Restore a backup, or share in another way.');
    return found;
  }

  /** Two nodes may make one at once: the first stays. */
  async #make() {
    const now = this.#deps.clock.now();
    const made = await generate(
      { name: 'Waystation', days: authorityDays, now },
      {
        extensions: [
          { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
          { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
        ],
      },
    );
    const fresh = { cert: made.cert, sealedKey: this.#deps.vault.seal(keyPlace, made.private) };
    return stored.parse(JSON.parse(await this.#deps.settings.setIfAbsent(setting, JSON.stringify(fresh))));
  }
}

function parsed(text: string): z.output<typeof stored> | undefined {
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    return undefined; // whoever needs it says so
  }
}

/** As people compare it: `AB:CD:…`, of SHA-256. */
export function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256;
}

function endOf(certificate: string): number {
  return new X509Certificate(certificate).validToDate.getTime();
}

function altName(name: string) {
  return isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name };
}

type Options = NonNullable<Parameters<typeof import('selfsigned')['generate']>[1]>;

async function generate(
  { name, days, now }: { readonly name: string; readonly days: number; readonly now: number },
  more: Options,
) {
  // Loaded late: most installations never share.
  const selfsigned = await import('selfsigned');
  return await selfsigned.generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - graceMs),
    notAfterDate: new Date(now + days * dayMs),
    ...more,
  });
}
