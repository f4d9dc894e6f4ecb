import * as z from 'zod';

const headers = z.record(z.string(), z.string());

const message = z.object({
  headers,
  /** Its beginning, redacted; null when it is no text. */
  body: z.string().nullable(),
  /** Of the whole body. */
  bytes: z.int().nonnegative(),
  /** False: only its beginning was kept. */
  isWhole: z.boolean(),
});

/** What a call said and was answered, without what would let somebody in. */
export const capturedCall = z.object({
  requestId: z.string(),
  capturedAt: z.int().nonnegative(),
  method: z.string(),
  /** On the protocol's own root. */
  path: z.string(),
  request: message,
  /** `status` is null when no answer began. */
  answer: message.extend({ status: z.int().nullable(), error: z.string().nullable() }),
});

export type CapturedCall = z.infer<typeof capturedCall>;
export type CapturedMessage = z.infer<typeof message>;
