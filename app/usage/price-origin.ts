import * as z from 'zod';

/** An Ed25519 key as SPKI: PEM, or the base64 of its DER alone. */
const ed25519 = /^(-----BEGIN PUBLIC KEY-----\s+)?MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=(\s+-----END PUBLIC KEY-----\s*)?$/;

/** Where newer prices come from, and what proves that they are theirs. */
export const priceOrigin = z.strictObject({
  /** `https:`, or a file of this computer. The proof lies beside it, as `.sig` or `.sha256`. */
  url: z.string().min(1).max(2_048),
  /** The file must be signed with it then. */
  publicKey: z.string().max(2_048).regex(ed25519, 'must be an Ed25519 public key').optional(),
  /** What the file itself must have, instead of a file beside it that says so. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits')
    .optional(),
  /** Whether the address may be on this computer or its own network. */
  allowLocal: z.boolean().optional(),
});
export type PriceOrigin = Readonly<z.infer<typeof priceOrigin>>;
