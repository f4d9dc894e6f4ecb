import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A built page, such as the admin UI: beside the bundle, or in the source tree. */
export function findPages(name: 'renderer' | 'me' | 'join' = 'renderer'): string | undefined {
  const places = [`./${name}`, `../dist/${name}`].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return places.find((place) => existsSync(join(place, 'index.html')));
}
