import * as z from 'zod';

// The part of the contract that is about other computers.

const settings = {
  isOn: z.boolean(),
  addresses: z.array(z.string().max(64)).max(16),
  names: z.array(z.string().max(253)).max(16),
  port: z.int().min(0).max(65_535),
  encryption: z.enum(['own-authority', 'plain', 'proxy']),
  allowPublic: z.boolean(),
  /** Addresses and ranges of the owner's reverse proxy. */
  proxies: z.array(z.string().max(64)).max(16),
};
/** What other computers call it by, such as `https://relay.example.com`. */
const publicUrl = z.string().max(300);
/** What it is announced as on those networks, without `.local`. */
const localName = z.string().max(63);

export const sharing = z.object({
  ...settings,
  publicUrl: publicUrl.optional(),
  localName: localName.optional(),
  /** Why nobody finds it by that name. */
  localNameProblem: z.string().optional(),
  /** What was stored makes no sense any more: sharing is off until it is turned on again. */
  isUnreadable: z.boolean(),
  /** How it stands at each address; empty when no relay runs. */
  standings: z.array(
    z.object({
      address: z.string(),
      state: z.enum(['listening', 'absent', 'failed']),
      port: z.int().optional(),
      problem: z.string().optional(),
      /** What clients set as their base URL. */
      url: z.string().optional(),
    }),
  ),
  /** What clients have to trust; absent before the first use. */
  authority: z.object({ certificate: z.string(), fingerprint: z.string() }).optional(),
  /** Addresses that could be chosen. */
  available: z.array(z.object({ interfaceName: z.string(), address: z.string(), isPublic: z.boolean() })),
});

const reachability = z.object({
  /** Whose firewall may be in the way. */
  platform: z.enum(['linux', 'mac', 'windows', 'other']),
  checks: z.array(z.object({ url: z.string(), isReachable: z.boolean(), ms: z.int(), problem: z.string().optional() })),
});

export const sharingRoutes = {
  showSharing: { method: 'GET', path: '/sharing', input: z.strictObject({}), output: sharing },
  /** What is left out stays. */
  changeSharing: {
    method: 'PATCH',
    path: '/sharing',
    input: z.strictObject({ ...settings, publicUrl: publicUrl.nullable(), localName: localName.nullable() }).partial(),
    output: sharing,
  },
  /** Goes to each address as others would. */
  checkSharing: { method: 'POST', path: '/sharing/check', input: z.strictObject({}), output: reachability },
} as const;
