import * as z from 'zod';
import type { SettingsRepository } from '../store/settings.ts';
import { isPublicAddress } from './addresses.ts';
import type { AddressStanding } from './standing.ts';

export const sharingSetting = 'sharing';

const hostName = z
  .string()
  .max(253)
  .regex(/^(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/, 'must be a host name in lower case, without a port');

/** Who may reach this Waystation from other computers, and how. */
export const sharingFields = z.strictObject({
  isOn: z.boolean(),
  /** Of this computer; each gets a listener of its own. */
  addresses: z.array(z.ipv4().or(z.ipv6())).max(16),
  /** Further names that clients call us by. */
  names: z.array(hostName).max(16),
  /** Announced on those networks as `NAME.local`. */
  localName: z
    .string()
    .max(63)
    .regex(/^(?!-)[a-z0-9-]{1,63}(?<!-)$/, 'must be one word of letters a to z, digits and hyphens, without .local')
    .optional(),
  port: z.int().min(0).max(65_535),
  /** `proxy`: a reverse proxy of its owner's encrypts, and nobody else is let in. `plain`: anybody on the network can read keys and prompts. */
  encryption: z.enum(['own-authority', 'plain', 'proxy']),
  /** Listens at addresses that the whole internet may reach, too. */
  allowPublic: z.boolean(),
  /** Addresses and ranges of that reverse proxy: what it says of its clients is believed. */
  proxies: z.array(z.cidrv4().or(z.cidrv6()).or(z.ipv4()).or(z.ipv6())).max(16).default([]),
  /** What other computers call us by, such as `https://relay.example.com`; of invites. Without it, the addresses themselves. */
  publicUrl: z
    .string()
    .max(300)
    .refine(isOrigin, 'must be an address such as https://relay.example.com, without a path')
    .optional(),
});
export type SharingSettings = Readonly<z.output<typeof sharingFields>>;

export const sharingOff: SharingSettings = {
  isOn: false,
  addresses: [],
  names: [],
  port: 8485,
  encryption: 'own-authority',
  allowPublic: false,
  proxies: [],
};

/** What is stored now; broken when nobody can tell what it means: then nothing is shared. */
export interface StoredText {
  readonly text: string | undefined;
  readonly sharing: SharingSettings;
  readonly isBroken: boolean;
}

export async function readStored(settings: Pick<SettingsRepository, 'get'>): Promise<StoredText> {
  const text = await settings.get(sharingSetting);
  if (text === undefined) return { text, sharing: sharingOff, isBroken: false };
  const parsed = sharingFields.safeParse(jsonOf(text));
  return { text, sharing: parsed.success ? parsed.data : sharingOff, isBroken: !parsed.success };
}

export async function readSharing(settings: Pick<SettingsRepository, 'get'>): Promise<SharingSettings> {
  return (await readStored(settings)).sharing;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no settings: the schema refuses it
  }
}

/** What is wrong with them, in words for the owner; undefined when nothing is. */
export function problemWith(sharing: SharingSettings): string | undefined {
  const { isOn, addresses, allowPublic, encryption, proxies, publicUrl } = sharing;
  if (!isOn) return undefined;
  if (encryption === 'proxy' && (proxies.length === 0 || publicUrl === undefined)) {
    return 'Behind a reverse proxy, give its address (--proxy) and what others call it by (--url https://…).';
  }
  if (addresses.length === 0) return 'Choose at least one address to share at: waystation share interfaces';
  const exposed = addresses.find(isPublicAddress);
  if (exposed === undefined || allowPublic) return undefined;
  return `${exposed} may be reached from the whole internet. Choose an address of your own network, or force it with --allow-public.`;
}

/** What clients may call us, beside the addresses. */
export function namesOf({ names, localName }: Pick<SharingSettings, 'names' | 'localName'>): string[] {
  return [...names, ...(localName === undefined ? [] : [`${localName}.local`])];
}

/** Where other computers find it, the best first. */
export function urlsOf(sharing: SharingSettings, standings: readonly AddressStanding[]): string[] {
  if (sharing.publicUrl !== undefined) return [sharing.publicUrl];
  const scheme = sharing.encryption === 'own-authority' ? 'https' : 'http';
  const open = standings.filter(({ state }) => state === 'listening');
  // No relay runs here, or it does not listen yet: where it will.
  const found = open.length > 0 ? open : sharing.addresses.map((address) => ({ address, port: sharing.port }));
  return found.map(({ address, port = sharing.port }) => {
    const host = address.includes(':') ? `[${address}]` : address;
    return `${scheme}://${host}:${port}`;
  });
}

function isOrigin(text: string): boolean {
  if (!/^https?:\/\//.test(text)) return false;
  return URL.canParse(text) && new URL(text).origin === text;
}
