import * as z from 'zod';

// The part of the contract that is about models: which there are, what names stand for, and who serves them.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
const byId = z.strictObject({ id });
const modelName = z.string().min(1).max(200);

/** A global rule: who asks for `name`, which may hold `*`, gets `target`. */
export const alias = z.object({ name: modelName, target: modelName, updatedAt: moment });

/** What is known of a model; absent means that nobody said. */
const modelFacts = {
  id: z.string(),
  displayName: z.string().optional(),
  createdAt: moment.optional(),
  contextTokens: z.int().optional(),
  maxOutputTokens: z.int().optional(),
};

/** A name that clients may ask for. */
export const offeredModel = z.object({
  ...modelFacts,
  standsFor: z.string().optional(),
  accountIds: z.array(z.string()),
});

/** Who would serve a name, under which name upstream, and why the others would not. */
export const modelTest = z.object({
  asked: z.string(),
  model: z.string(),
  via: z.array(z.object({ name: z.string(), target: z.string() })),
  /** Whether the key may use it; null when none was named. */
  isAllowed: z.boolean().nullable(),
  accounts: z.array(
    z.object({
      accountId: z.string(),
      /** For clients of which protocol, best first. */
      serves: z.array(z.object({ protocol: z.string(), upstreamModel: z.string(), isTranslated: z.boolean() })),
      /** Why not, when it serves nobody. */
      skipped: z.string().optional(),
      until: moment.optional(),
    }),
  ),
});

/** What an account serves: what its owner named, and what its upstream told. */
export const accountModels = z.object({
  accountId: id,
  named: z.array(z.string()),
  mapped: z.record(z.string(), z.string()),
  /** Whether this kind of upstream can be asked. */
  canList: z.boolean(),
  /** Null when it was never asked. */
  fetchedAt: moment.nullable(),
  listed: z.array(z.object(modelFacts)),
});

export const modelRoutes = {
  listAccountModels: { method: 'GET', path: '/accounts/:id/models', input: byId, output: accountModels },
  refreshAccountModels: { method: 'POST', path: '/accounts/:id/models/refresh', input: byId, output: accountModels },

  listModels: {
    method: 'GET',
    path: '/models',
    input: z.strictObject({ key: id.optional() }),
    output: z.array(offeredModel),
  },
  testModel: {
    method: 'GET',
    path: '/models/test',
    input: z.strictObject({ model: modelName, key: id.optional() }),
    output: modelTest,
  },
  listAliases: { method: 'GET', path: '/models/aliases', input: z.strictObject({}), output: z.array(alias) },
  setAlias: {
    method: 'POST',
    path: '/models/aliases',
    input: z.strictObject({ name: z.string().max(400), target: z.string().max(400) }),
    output: alias,
  },
  removeAlias: {
    method: 'DELETE',
    path: '/models/aliases/:name',
    input: z.strictObject({ name: modelName }),
    output: z.object({ name: modelName, removed: z.literal(true) }),
  },
} as const;
