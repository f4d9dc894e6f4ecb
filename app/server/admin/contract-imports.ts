import * as z from 'zod';
import { importKinds, leftReasons } from '../../imports/import-kind.ts';
import { providerIds } from '../../providers/provider-id.ts';

// The part of the contract that is about what other programs of this kind keep on this computer. No secret is ever told.

const kind = z.enum(importKinds);
const file = z.string().min(1).max(4_096);
const ref = z.string().min(1).max(300);

const entry = z.object({
  ref,
  name: z.string(),
  kind: z.enum(['account', 'key']),
  /** Undefined for what cannot be an account here. */
  provider: z.enum(providerIds).optional(),
  /** Where its calls go; undefined for the vendor's own address. */
  address: z.string().optional(),
  hasSecret: z.boolean(),
  /** Whether it was in use there. */
  isEnabled: z.boolean(),
  /** On this computer or its network: taken only when its owner says so. */
  isLocal: z.boolean(),
  /** Why it is left where it is; null when it can be taken. */
  reason: z.enum(leftReasons).nullable(),
});

export const importPlan = z.object({ kind, file: z.string(), entries: z.array(entry) });

const foundData = z.object({
  kind,
  file: z.string(),
  /** What can be taken, and what is left. */
  accounts: z.int(),
  keys: z.int(),
  left: z.int(),
  /** Why the file could not be read. */
  problem: z.string().optional(),
});

const imported = z.object({
  kind,
  file: z.string(),
  imported: z.array(z.object({ ref, kind: entry.shape.kind, id: z.string(), name: z.string() })),
  left: z.array(z.object({ ref, name: z.string(), reason: z.enum(leftReasons), message: z.string().optional() })),
});

const source = { kind, file: file.optional() };

export const importRoutes = {
  /** What other programs keep here, each with how much of it can be taken. */
  listFoundData: { method: 'GET', path: '/found-data', input: z.strictObject({}), output: z.array(foundData) },
  /** Entry by entry; without a file, the one that lies where that program puts it. Changes nothing. */
  planImport: { method: 'POST', path: '/imports/plan', input: z.strictObject(source), output: importPlan },
  /** Takes what is named, and everything that can be taken when nothing is. */
  importData: {
    method: 'POST',
    path: '/imports',
    input: z.strictObject({
      ...source,
      entries: z.array(ref).min(1).max(5_000).optional(),
      allowLocalUpstream: z.boolean().default(false),
    }),
    output: imported,
  },
} as const;
