import { createPublicKey, verify } from 'node:crypto';
import * as z from 'zod';

/** What a release says of itself, signed by whoever makes releases. */
const schema = z.object({
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  /** By the file's name: its SHA-512 in base64. */
  files: z.record(z.string(), z.string().regex(/^[A-Za-z0-9+/]{86}==$/)),
});
export type Manifest = Readonly<z.output<typeof schema>>;

/** An update that must not be installed, whoever offers it. */
export class UpdateRefused extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UpdateRefused';
  }
}

export interface SignedManifest {
  readonly bytes: Uint8Array;
  /** Ed25519 over the bytes, in base64. */
  readonly signature: string;
}

/** The manifest, once it is certain who wrote it. A mirror may carry it and cannot change it. */
export function readManifest({ bytes, signature }: SignedManifest, publicKeyPem: string): Manifest {
  const key = createPublicKey(publicKeyPem);
  if (key.asymmetricKeyType !== 'ed25519') throw new UpdateRefused('the key for updates is of another kind');
  if (!verify(null, bytes, key, Buffer.from(signature.trim(), 'base64'))) {
    throw new UpdateRefused('its signature is not that of the people who make Waystation');
  }
  return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

/** Whether a version comes after another. One that is as old, or older, is no update: old mistakes stay mended. */
export function isNewer(version: string, current: string): boolean {
  const [own, other] = [version, current].map((text) => text.split('.').map(Number));
  const at = [0, 1, 2].find((index) => (own?.[index] ?? 0) !== (other?.[index] ?? 0));
  return at !== undefined && (own?.[at] ?? 0) > (other?.[at] ?? 0);
}

/** What was fetched is one of the signed files, whatever the mirror calls it. */
export function checkFile(sha512: string, { files }: Manifest): void {
  if (!Object.values(files).includes(sha512)) throw new UpdateRefused('what was downloaded is not what was released');
}
