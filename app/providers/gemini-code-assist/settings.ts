import * as z from 'zod';
import { baseUrl } from '../base-url.ts';

/** Where Gemini CLI itself goes when it is signed in with Google. */
export const codeAssistBaseUrl = 'https://cloudcode-pa.googleapis.com';

export const settings = z
  .strictObject({
    baseUrl: baseUrl.optional().meta({
      title: 'Address',
      description: `Leave empty for ${codeAssistBaseUrl}.`,
      examples: [codeAssistBaseUrl],
    }),
    project: z
      .string()
      .regex(/^[a-z][a-z0-9.:-]{4,99}$/, 'Give the id of a Google Cloud project, such as my-project-7; not its number.')
      .optional()
      .meta({
        title: 'Google Cloud project',
        description: 'Only where Google asks for one: for accounts of companies and schools, and for licences.',
      }),
  })
  .meta({ title: 'Google sign-in', description: 'A sign-in with Google, for Gemini CLI alone.' });

export type Settings = z.infer<typeof settings>;

/** The address without the version, which every path brings along. */
export function baseOf({ baseUrl: named }: Settings): string {
  return (named ?? codeAssistBaseUrl).replace(/\/+$/, '').replace(/\/v1internal$/, '');
}
