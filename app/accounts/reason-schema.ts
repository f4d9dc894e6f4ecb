import * as z from 'zod';

// As stored, and as the admin API tells it.

export const reason = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rate-limit'), window: z.string().optional() }),
  z.object({ kind: z.literal('overloaded') }),
  z.object({ kind: z.literal('unreachable'), detail: z.string() }),
  z.object({ kind: z.literal('slow'), firstByteMs: z.number() }),
  z.object({ kind: z.literal('credential-rejected') }),
  z.object({ kind: z.literal('sign-in-ended'), detail: z.string() }),
  z.object({ kind: z.literal('renewal-waits'), detail: z.string() }),
  z.object({ kind: z.literal('account-blocked') }),
  z.object({ kind: z.literal('paused') }),
  z.object({ kind: z.literal('subscription-ended'), at: z.number() }),
  z.object({ kind: z.literal('cap-reached'), cap: z.string() }),
]);

export const scopedLimit = z.object({
  scope: z.enum(['family', 'model']),
  models: z.array(z.string()),
  window: z.string().optional(),
  until: z.number(),
});
