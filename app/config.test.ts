import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'waystation-config-'));

test('defaults listen on loopback only, with the built-in database and engine', () => {
  const config = loadConfig({ env: { WAYSTATION_DATA_DIR: dataDir } });
  expect(config).toMatchObject({ host: '127.0.0.1', port: 8484, dataDir, secrets: 'auto', allowedHosts: [] });
  expect(config.databaseUrl).toBeUndefined();
  expect(config.redisUrl).toBeUndefined();
});

test('a flag beats a variable, a variable beats the config file, the file beats the default', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-config-'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ port: 1001, host: '127.0.0.2', logLevel: 'debug' }));
  const config = loadConfig({
    flags: { 'data-dir': folder, port: '1003' },
    env: { WAYSTATION_PORT: '1002', WAYSTATION_HOST: '127.0.0.3' },
  });
  expect(config).toMatchObject({ port: 1003, host: '127.0.0.3', logLevel: 'debug' });
});

test('all wrong settings are reported together, each with where it came from and its fix', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-config-'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ prot: 1, limits: { maxBodyBytes: -1 } }));
  const load = () =>
    loadConfig({
      flags: { 'data-dir': folder, port: '70000', secrets: 'passphrase' },
      env: { WAYSTATION_HOST: 'everywhere', WAYSTATION_LOG_LEVEL: 'loud' },
    });
  expect(load).toThrow(ConfigError);
  expect([...problemsOf(load)].sort()).toEqual([
    '"limits.maxBodyBytes" in the config file: give whole numbers for maxBodyBytes, headersMs, bodyIdleMs, connectMs, firstByteMs, firstByteThinkingMs, streamIdleMs, clientStallMs, drainMs, keyWaitMs',
    expect.stringContaining('"prot" in'),
    '--port is "70000": give a whole number from 0 (any free port) to 65535',
    'WAYSTATION_HOST is "everywhere": give an address of this computer, such as 127.0.0.1',
    'WAYSTATION_LOG_LEVEL is "loud": choose error, warn, info or debug',
  ]);
});

test('a broken config file is named, not ignored', () => {
  const file = join(dataDir, 'broken.json');
  writeFileSync(file, '{ "port": ');
  expect(problemsOf(() => loadConfig({ flags: { config: file }, env: {} }))).toEqual([
    expect.stringContaining(`${file} is not a JSON object`),
  ]);
});

test('a passphrase comes from the first line of a file, never from an argument', () => {
  const file = join(dataDir, 'passphrase');
  writeFileSync(file, 'correct horse\nbattery');
  const flags = { secrets: 'passphrase', 'passphrase-file': file, 'data-dir': dataDir };
  expect(loadConfig({ flags, env: {} }).passphrase).toBe('correct horse');
  expect(problemsOf(() => loadConfig({ flags: { secrets: 'passphrase' }, env: {} }))).toEqual([
    expect.stringContaining('--passphrase-file'),
  ]);
});

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
