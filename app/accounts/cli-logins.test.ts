import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliLogins, type CliLoginsDeps } from './cli-logins.ts';

let folder: string;
let asked: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waystation-tools-'));
  asked = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function logins(platform: NodeJS.Platform, kept?: string): CliLogins {
  const deps: CliLoginsDeps = {
    places: {
      claudeFolder: folder,
      claudeKeychainItem: 'Claude Code-credentials',
      codexFolder: folder,
      geminiFolder: folder,
    },
    platform,
    userName: () => 'jane',
    readKeychainItem: async (service, account) => {
      asked.push(`${service} ${account}`);
      return kept;
    },
  };
  return new CliLogins(deps);
}

test.each([
  ['claude-subscription', '.credentials.json'],
  ['codex-subscription', 'auth.json'],
  ['gemini-code-assist', 'oauth_creds.json'],
])('the tool of %s keeps its login in %s', async (provider, file) => {
  expect(await logins('linux').read(provider)).toBeUndefined();
  writeFileSync(join(folder, file), 'text');
  expect(await logins('linux').read(provider)).toBe('text');
  expect(asked).toEqual([]);
});

test('a provider without such a tool has none', async () => {
  for (const provider of ['anthropic', 'constructor']) expect(await logins('linux').read(provider)).toBeUndefined();
});

describe('on macOS', () => {
  test('Claude Code keeps it in the keychain', async () => {
    expect(await logins('darwin', 'kept').read('claude-subscription')).toBe('kept');
    expect(asked).toEqual(['Claude Code-credentials jane']);
  });

  test('its file is read where the keychain has none, and the other tools have files there too', async () => {
    for (const file of ['.credentials.json', 'auth.json']) writeFileSync(join(folder, file), file);
    expect(await logins('darwin').read('claude-subscription')).toBe('.credentials.json');
    expect(await logins('darwin').read('codex-subscription')).toBe('auth.json');
    expect(asked).toHaveLength(1);
  });
});
