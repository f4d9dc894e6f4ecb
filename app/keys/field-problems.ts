import type * as z from 'zod';
import { RelayError } from '../domain/errors.ts';

/** Throws `request-invalid` with a sentence that names every wrong field of what was to be saved. */
export function parseFields<Output>(noun: 'member' | 'plan', schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`.trim());
  throw new RelayError('request-invalid', `The ${noun} was not saved: ${problems.join('; ')}.`);
}
