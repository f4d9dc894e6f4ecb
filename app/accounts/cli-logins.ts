import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OAuthProviderId } from '../providers/oauth-table.ts';

/** Where the vendors' own tools keep their logins on this computer. */
export interface ToolPlaces {
  readonly claudeFolder: string;
  /** Its item in the macOS keychain, instead of the file. */
  readonly claudeKeychainItem: string;
  /** Where Claude Code says who is signed in. */
  readonly claudeStateFile?: string | undefined;
  readonly codexFolder: string;
  readonly geminiFolder: string;
}

export interface CliLoginsDeps {
  readonly places: ToolPlaces;
  readonly platform: NodeJS.Platform;
  userName(): string;
  /** The keychain item of another program; undefined when there is none or it may not be read. */
  readKeychainItem(service: string, account: string): Promise<string | undefined>;
}

/** Reads the logins of the vendors' own tools. Never writes: what they renew is theirs. */
export class CliLogins {
  readonly #deps: CliLoginsDeps;

  constructor(deps: CliLoginsDeps) {
    this.#deps = deps;
  }

  /** The login's own text; undefined when that tool is not signed in here. */
  async read(provider: string): Promise<string | undefined> {
    const { places, platform } = this.#deps;
    if (provider === 'claude-subscription' && platform === 'darwin') {
      const kept = await this.#deps.readKeychainItem(places.claudeKeychainItem, this.#deps.userName());
      if (kept !== undefined) return kept;
    }
    const file = Object.hasOwn(files, provider) ? files[provider as OAuthProviderId](places) : undefined;
    return file === undefined ? undefined : await readText(file);
  }

  /** What the tool says of it in another file; an empty text when it says nothing. */
  async readBeside(provider: string): Promise<string> {
    const { claudeStateFile, geminiFolder } = this.#deps.places;
    const files = new Map([
      ['claude-subscription', claudeStateFile],
      ['gemini-code-assist', join(geminiFolder, 'google_accounts.json')],
    ]);
    const file = files.get(provider);
    return (file === undefined ? undefined : await readText(file)) ?? '';
  }
}

const files: Readonly<Record<OAuthProviderId, (places: ToolPlaces) => string>> = {
  'claude-subscription': ({ claudeFolder }) => join(claudeFolder, '.credentials.json'),
  'codex-subscription': ({ codexFolder }) => join(codexFolder, 'auth.json'),
  'gemini-code-assist': ({ geminiFolder }) => join(geminiFolder, 'oauth_creds.json'),
};

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined; // not there, or not ours to read: either way there is no login to use
  }
}
