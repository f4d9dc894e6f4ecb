import * as z from 'zod';
import type { ClientKind } from '../domain/client-kind.ts';

// Fields of a key that its input and the admin contract share; nothing of Node, because the admin page reads them too.

export const clientKinds = ['claude-code', 'codex', 'gemini-cli'] as const satisfies readonly ClientKind[];

const noControls = /^\P{Cc}*$/u;
const hourMs = 3_600_000;

/** Keys that are made, imported or changed in one step. */
export const maxAtOnce = 1_000;

export const keyName = line(64);
export const owner = line(64);
export const note = line(500);
export const tag = z
  .string('must be text')
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._:/-]{0,31}$/u, 'must be 1 to 32 letters, digits or . _ : / -');
export const maxTags = 20;
export const tags = z
  .array(tag)
  .max(maxTags, `must have at most ${maxTags} entries`)
  .transform((all) => [...new Set(all)]);

export const modelPatterns = z
  .array(z.string('must be text').min(1, 'must not be empty').max(200, 'must have at most 200 characters'))
  .max(200, 'must have at most 200 patterns');

export const clients = z
  .array(z.enum(clientKinds, `must be one of: ${clientKinds.join(', ')}`))
  .max(20, 'must have at most 20 entries');

const range = z
  .union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], 'must be an address range such as 10.0.0.0/8 or fd00::/8')
  // A call over IPv4 is always compared as one, so such a range would match nothing.
  .refine((text) => !text.toLowerCase().startsWith('::ffff:'), 'must be written as IPv4');
export const addresses = z.array(range).max(100, 'must have at most 100 entries');

export const lifetimeMs = z
  .int('must be a time span in whole milliseconds')
  .min(60_000, 'must be a minute or more')
  .max(20 * 366 * 24 * hourMs, 'must be at most 20 years');

/** What something is billed with. Two of them multiplied are exact to the millionth. */
export const multiplier = z
  .number('must be a number such as 1.5')
  .min(0.01, 'must be at least 0.01')
  .max(100, 'must be at most 100')
  .refine((value) => Math.round(value * 1_000) / 1_000 === value, 'must have at most three decimals');

/** How long the secret before a rotation goes on working. */
export const graceMs = z
  .int('must be a time span in whole milliseconds')
  .min(0, 'must be 0 or more')
  .max(90 * 24 * hourMs, 'must be at most 90 days');

function line(most: number) {
  return z
    .string('must be text')
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .regex(noControls, 'must not contain control characters');
}
