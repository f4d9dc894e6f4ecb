import * as z from 'zod';

// The part of the contract that tells somebody who helps what there is to know.

export const diagnosticsRoutes = {
  /** What is shown is what is in the archive, byte for byte. */
  collectDiagnostics: {
    method: 'GET',
    path: '/diagnostics',
    input: z.strictObject({}),
    output: z.object({
      /** The archive's own. */
      name: z.string(),
      files: z.array(z.object({ name: z.string(), bytes: z.int(), text: z.string() })),
      /** A packed tar in Base64. */
      archive: z.string(),
    }),
  },
} as const;
