import * as z from 'zod';
import { RelayError } from '../domain/errors.ts';
import * as fields from './fields.ts';
import { keyLimits } from './limit-schema.ts';
import { serviceIds } from './services.ts';

const services = z
  .array(z.enum(serviceIds, `must be one of: ${serviceIds.join(', ')}`))
  .max(20, 'must have at most 20 entries');
const expiresAt = z.int('must be a time in whole milliseconds').positive('must be a time in whole milliseconds');
const maxConcurrent = z
  .int('must be a whole number')
  .min(1, 'must be 1 or more; leave it out for no limit')
  .max(10_000, 'must be at most 10000');

/** Whether there is such an account is checked by who knows the accounts. */
const accountId = z
  .string('must be the id of an account')
  .min(1, 'must be the id of an account; leave it out for any')
  .max(64, 'must have at most 64 characters');

const groupId = z
  .string('must be the id of a group')
  .min(1, 'must be the id of a group; leave it out for any')
  .max(64, 'must have at most 64 characters');
const planId = z
  .string('must be the id of a plan')
  .min(1, 'must be the id of a plan; leave it out for none')
  .max(64, 'must have at most 64 characters');
const memberId = z
  .string('must be the id of a member')
  .min(1, 'must be the id of a member; leave it out for nobody')
  .max(64, 'must have at most 64 characters');
const isOwn = z.boolean('must be true or false');

const newKey = z.strictObject({
  name: fields.keyName,
  owner: fields.owner.optional(),
  tags: fields.tags.default([]),
  note: fields.note.optional(),
  models: fields.modelPatterns.default([]),
  deniedModels: fields.modelPatterns.default([]),
  services: services.default([]),
  clients: fields.clients.default([]),
  addresses: fields.addresses.default([]),
  expiresAt: expiresAt.optional(),
  lifetimeMs: fields.lifetimeMs.optional(),
  maxConcurrent: maxConcurrent.optional(),
  limits: keyLimits.default([]),
  accountId: accountId.optional(),
  groupId: groupId.optional(),
  planId: planId.optional(),
  multiplier: fields.multiplier.optional(),
  memberId: memberId.optional(),
  isOwn: isOwn.optional(),
});

/** Null takes a limit away; what is left out stays as it is. */
const keyPatch = z.strictObject({
  name: fields.keyName.optional(),
  isEnabled: z.boolean('must be true or false').optional(),
  owner: fields.owner.nullable().optional(),
  tags: fields.tags.optional(),
  /** For many keys at once, which have other tags each. */
  addTags: fields.tags.optional(),
  removeTags: fields.tags.optional(),
  note: fields.note.nullable().optional(),
  models: fields.modelPatterns.optional(),
  deniedModels: fields.modelPatterns.optional(),
  services: services.optional(),
  clients: fields.clients.optional(),
  addresses: fields.addresses.optional(),
  expiresAt: expiresAt.nullable().optional(),
  /** Given anew it starts again with the next use. */
  lifetimeMs: fields.lifetimeMs.nullable().optional(),
  maxConcurrent: maxConcurrent.nullable().optional(),
  limits: keyLimits.optional(),
  accountId: accountId.nullable().optional(),
  groupId: groupId.nullable().optional(),
  planId: planId.nullable().optional(),
  multiplier: fields.multiplier.nullable().optional(),
  memberId: memberId.nullable().optional(),
  isOwn: isOwn.nullable().optional(),
});

export type NewKey = Readonly<z.input<typeof newKey>>;
export type ParsedKey = z.output<typeof newKey>;
export type KeyPatch = Readonly<z.input<typeof keyPatch>>;
export type ParsedPatch = z.output<typeof keyPatch>;

/** Throws `request-invalid` with a sentence that names every wrong field. */
export function parseNewKey(input: NewKey, nowMs: number): ParsedKey {
  const parsed = parse(newKey, input);
  if (parsed.expiresAt !== undefined && parsed.expiresAt <= nowMs) throw invalid(['expiresAt must be in the future']);
  return parsed;
}

/** Throws `request-invalid` with a sentence that names every wrong field. An expiry in the past ends the key now. */
export function parseKeyPatch(input: KeyPatch): ParsedPatch {
  return parse(keyPatch, input);
}

function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map(describe));
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')} is not a field of a key`;
  return `${issue.path.join('.')} ${issue.message}`;
}

export function invalid(problems: readonly string[]): RelayError {
  return new RelayError('request-invalid', `The key was not saved: ${problems.join('; ')}.`);
}
