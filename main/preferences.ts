import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { desktopChoices } from '../app/server/admin/contract-desktop.ts';
import { writeWhole } from './write-whole.ts';

const schema = z.object({
  loginStart: desktopChoices.loginStart.default('off'),
  whenClosed: desktopChoices.whenClosed.default('ask'),
  whenQuitting: desktopChoices.whenQuitting.default('restore'),
  notifications: desktopChoices.notifications.default('ask'),
  hasPauseKey: desktopChoices.hasPauseKey.default(false),
  releaseAfterMinutes: desktopChoices.releaseAfterMinutes.default(5),
  /** Nobody chose that: what waits for the end of the quiet hours, also when the app is quit meanwhile. */
  held: z.object({ first: z.int(), last: z.int() }).nullable().default(null),
});

/** What the person chose for the desktop app itself; everything about the relay is in its own settings. */
export type Preferences = Readonly<z.output<typeof schema>>;
export type PreferenceChange = { readonly [Name in keyof Preferences]?: Preferences[Name] | undefined };

/** They stand beside the data, so that they are known before the relay runs. */
export class PreferenceFile {
  readonly #path: string;
  #current: Preferences;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'desktop.json');
    this.#current = read(this.#path);
  }

  get current(): Preferences {
    return this.#current;
  }

  /** What cannot be written holds until the end of this start. */
  change(changed: PreferenceChange): Preferences {
    const given = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
    this.#current = schema.parse({ ...this.#current, ...given });
    writeWhole(this.#path, JSON.stringify(this.#current, null, 2));
    return this.#current;
  }
}

/** A file that somebody broke is as good as none. */
function read(path: string): Preferences {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return schema.parse({});
  }
}
