import * as z from 'zod';
import * as fields from '../../keys/fields.ts';
import { keyLimit, keyLimits } from '../../keys/limit-schema.ts';
import { serviceIds } from '../../keys/services.ts';

// The part of the contract that is about keys.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
const byId = z.strictObject({ id });
const ids = z.array(id).min(1).max(fields.maxAtOnce);

export const service = z.enum(serviceIds);
export const clientKind = z.enum(fields.clientKinds);

/** What it was last used for, at most a moment old while a relay runs. */
export const keyUse = z.object({ at: moment, userAgent: z.string().optional(), address: z.string().optional() });

const keyDevice = keyUse.extend({ keyId: z.string(), address: z.string() });

export const apiKey = z.object({
  id,
  name: z.string(),
  prefix: z.string(),
  /** Its secret's last four characters; absent for an older key. */
  ending: z.string().optional(),
  /** Made elsewhere: its secret does not begin like ours. */
  isImported: z.boolean(),
  /** A label. */
  owner: z.string().optional(),
  /** Whose it is: with the member's state, and limits that all their keys share. */
  memberId: z.string().optional(),
  memberName: z.string().optional(),
  /** While it is not `active` the key is refused. */
  memberState: z.enum(['active', 'suspended', 'removed']).optional(),
  tags: z.array(z.string()),
  note: z.string().optional(),
  isEnabled: z.boolean(),
  expiresAt: moment.optional(),
  /** How long it works from its first use on, and when that was. */
  lifetimeMs: z.int().optional(),
  activatedAt: moment.optional(),
  models: z.array(z.string()),
  deniedModels: z.array(z.string()),
  services: z.array(service),
  /** A soft check: programs can look like each other. */
  clients: z.array(clientKind),
  addresses: z.array(z.string()),
  maxConcurrent: z.int().optional(),
  limits: z.array(keyLimit),
  /** The only account that may serve its calls. */
  accountId: z.string().optional(),
  /** The only group whose accounts may. */
  groupId: z.string().optional(),
  /** The plan it is on; what the key says itself goes before it. */
  planId: z.string().optional(),
  planName: z.string().optional(),
  /** What its calls are billed with; 1 when left open. */
  multiplier: z.number().optional(),
  /** Whether its calls are the owner's own; left open, those from this computer are. */
  isOwn: z.boolean().optional(),
  /** Until when the secret before the last rotation works. */
  oldSecretUntil: moment.optional(),
  /** Since when it is in the trash. */
  removedAt: moment.optional(),
  createdAt: moment,
  updatedAt: moment,
  lastUse: keyUse.optional(),
});

/** How one limit stands; amounts as in the limit. */
export const limitStanding = z.object({
  name: z.string(),
  measure: keyLimit.shape.measure,
  amount: z.int(),
  window: keyLimit.shape.window,
  models: keyLimit.shape.models,
  mode: keyLimit.shape.mode,
  spent: z.int(),
  /** Whether it is the member's, for all their keys together. */
  isShared: z.boolean().optional(),
  /** By calls that are on their way. */
  held: z.int(),
  /** When it has room again; absent when it never does by itself. */
  resetsAt: moment.optional(),
});
const shownKey = apiKey.extend({ standings: z.array(limitStanding) });

/** The only answers that ever carry a key's secret, once. */
export const createdKey = apiKey.extend({ key: z.string() });

const listFields = {
  tags: fields.tags,
  models: fields.modelPatterns,
  deniedModels: fields.modelPatterns,
  services: z.array(service).max(20),
  clients: fields.clients,
  addresses: fields.addresses,
  limits: keyLimits,
};
const singleFields = {
  owner: fields.owner,
  note: fields.note,
  expiresAt: moment,
  lifetimeMs: fields.lifetimeMs,
  maxConcurrent: z.int().min(1).max(10_000),
  accountId: id,
  groupId: id,
  planId: id,
  multiplier: fields.multiplier,
  memberId: id,
  isOwn: z.boolean(),
};
const newFields = z.object({ ...listFields, ...singleFields }).partial().shape;
const newKey = z.strictObject({ name: fields.keyName, ...newFields });

/** Null takes away; what is left out stays as it is. */
const patch = z.object({
  ...{ name: fields.keyName, isEnabled: z.boolean(), addTags: fields.tags, removeTags: fields.tags },
  ...listFields,
  owner: singleFields.owner.nullable(),
  note: singleFields.note.nullable(),
  expiresAt: moment.nullable(),
  lifetimeMs: singleFields.lifetimeMs.nullable(),
  maxConcurrent: singleFields.maxConcurrent.nullable(),
  accountId: id.nullable(),
  groupId: id.nullable(),
  planId: id.nullable(),
  multiplier: fields.multiplier.nullable(),
  memberId: id.nullable(),
  isOwn: z.boolean().nullable(),
});
const keyPatch = z.strictObject({ id, ...patch.partial().shape });
/** A name is one key's. */
const keysPatch = z.strictObject({ ids, ...patch.omit({ name: true }).partial().shape });

const keyFilter = z.strictObject({
  tag: fields.tag.optional(),
  owner: fields.owner.optional(),
  member: id.optional(),
  place: z.enum(['in-use', 'trash']).optional(),
});

/** Secrets that were made elsewhere; what else is said holds for all of them. */
const importQuestion = z.strictObject({
  ...newFields,
  keys: z
    .array(z.strictObject({ name: fields.keyName, secret: z.string().min(1).max(1_000) }))
    .min(1)
    .max(fields.maxAtOnce),
});

const removed = z.object({ id, removed: z.literal(true) });

export const keyRoutes = {
  /** From which addresses keys were used, the latest first; a few of each key. */
  listKeyDevices: { method: 'GET', path: '/key-devices', input: z.strictObject({}), output: z.array(keyDevice) },
  listKeys: { method: 'GET', path: '/keys', input: keyFilter, output: z.array(apiKey) },
  showKey: { method: 'GET', path: '/keys/:id', input: byId, output: shownKey },
  createKey: { method: 'POST', path: '/keys', input: newKey, output: createdKey },
  /** NAME-1 to NAME-count, all or none. */
  createKeys: {
    method: 'POST',
    path: '/keys/batch',
    input: newKey.extend({ count: z.int().min(1).max(fields.maxAtOnce) }),
    output: z.array(createdKey),
  },
  importKeys: { method: 'POST', path: '/keys/import', input: importQuestion, output: z.array(apiKey) },
  updateKey: { method: 'PATCH', path: '/keys/:id', input: keyPatch, output: apiKey },
  /** All or none. */
  updateKeys: { method: 'PATCH', path: '/keys', input: keysPatch, output: z.array(apiKey) },
  rotateKey: {
    method: 'POST',
    path: '/keys/:id/rotate',
    input: z.strictObject({ id, graceMs: fields.graceMs.optional() }),
    output: createdKey,
  },
  /** To the trash, or out of it for good. */
  removeKey: {
    method: 'DELETE',
    path: '/keys/:id',
    input: z.strictObject({ id, forGood: z.boolean().optional() }),
    output: removed,
  },
  /** The same with many, all or none. */
  removeKeys: {
    method: 'POST',
    path: '/keys/remove',
    input: z.strictObject({ ids, forGood: z.boolean().optional() }),
    output: z.object({ removed: ids }),
  },
  restoreKey: { method: 'POST', path: '/keys/:id/restore', input: byId, output: apiKey },
} as const;
