import * as z from 'zod';
import { ApiFailure } from './client.ts';

const licences = z.array(z.object({ name: z.string(), version: z.string(), licence: z.string(), text: z.string() }));
export type Licence = z.output<typeof licences>[number];

/** What Waystation is made of besides itself; a file beside the page, made when it was built. Throws `ApiFailure`. */
export async function readLicences(): Promise<readonly Licence[]> {
  try {
    const response = await fetch('licences.json');
    return licences.parse(await response.json());
  } catch (error) {
    throw new ApiFailure('unreadable', String(error));
  }
}
