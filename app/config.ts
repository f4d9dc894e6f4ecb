import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { ToolPlaces } from './accounts/cli-logins.ts';
import type { Computer } from './connect/tool.ts';
import type { Surroundings } from './providers/surroundings.ts';

/** Everything fixed at start. Settings that change at run time are rows in the store, not here. */
export interface Config {
  readonly host: string;
  /** 0 asks the system for a free one. */
  readonly port: number;
  /** What said so; with what a flag or a variable says, the file says nothing. */
  readonly portFrom: 'default' | 'file' | 'start';
  /** Where settings for the start are read from; it need not be there. */
  readonly configFile: string;
  readonly dataDir: string;
  /** PostgreSQL instead of the SQLite file in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  /** A real Redis instead of the embedded engine. */
  readonly redisUrl?: string | undefined;
  readonly secrets: 'auto' | 'keychain' | 'passphrase' | 'key-file';
  readonly passphrase?: string | undefined;
  /** Further names and addresses by which clients may call us (`Host`), without a port. */
  readonly allowedHosts: readonly string[];
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  readonly limits: Limits;
  /** What other tools on this computer are told, for accounts that use those tools' own credentials. */
  readonly surroundings: Pick<Surroundings, 'variables' | 'homeDir'>;
  /** Where the vendors' own tools keep their logins on this computer. */
  readonly toolPlaces: ToolPlaces;
  /** What connecting the tools of this computer looks at. */
  readonly computer: Computer;
}

/** See reliability.md "Limits". Times in milliseconds, sizes in bytes. */
export interface Limits {
  readonly maxBodyBytes: number;
  readonly headersMs: number;
  readonly bodyIdleMs: number;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly firstByteThinkingMs: number;
  readonly streamIdleMs: number;
  readonly clientStallMs: number;
  readonly drainMs: number;
  /** How long a call waits for another one of its key to end, where the key may only have so many; 0 refuses at once. */
  readonly keyWaitMs: number;
}

export interface ConfigSources {
  /** Flags by their name without dashes, such as `data-dir`. */
  readonly flags?: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly env?: NodeJS.ProcessEnv;
}

/** All wrong settings of one start, each with its fix. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The three names of a setting (flag, variable, field of the config file) and what to do when its value is wrong. */
interface Setting {
  readonly flag: string;
  readonly variable: string;
  readonly fix: string;
}

const limitDefaults: Limits = {
  maxBodyBytes: 48 * 1024 * 1024,
  headersMs: 10_000,
  bodyIdleMs: 30_000,
  connectMs: 10_000,
  firstByteMs: 120_000,
  firstByteThinkingMs: 600_000,
  streamIdleMs: 90_000,
  clientStallMs: 60_000,
  drainMs: 30_000,
  keyWaitMs: 30_000,
};

const wholeNumber = z.coerce.number().int().nonnegative();

const schema = z.object({
  host: z.ipv4().or(z.ipv6()).or(z.literal('localhost')).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8484),
  dataDir: z.string().min(1),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\/./)
    .optional(),
  redisUrl: z
    .string()
    .regex(/^rediss?:\/\/./)
    .optional(),
  secrets: z.enum(['auto', 'keychain', 'passphrase', 'key-file']).default('auto'),
  passphraseFile: z.string().min(1).optional(),
  allowedHosts: z.preprocess(splitList, z.array(z.string().regex(/^[a-z0-9.:[\]-]+$/i))).default([]),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  limits: z
    .strictObject({
      maxBodyBytes: wholeNumber.default(limitDefaults.maxBodyBytes),
      headersMs: wholeNumber.default(limitDefaults.headersMs),
      bodyIdleMs: wholeNumber.default(limitDefaults.bodyIdleMs),
      connectMs: wholeNumber.default(limitDefaults.connectMs),
      firstByteMs: wholeNumber.default(limitDefaults.firstByteMs),
      firstByteThinkingMs: wholeNumber.default(limitDefaults.firstByteThinkingMs),
      streamIdleMs: wholeNumber.default(limitDefaults.streamIdleMs),
      clientStallMs: wholeNumber.default(limitDefaults.clientStallMs),
      drainMs: wholeNumber.default(limitDefaults.drainMs),
      keyWaitMs: wholeNumber.default(limitDefaults.keyWaitMs),
    })
    .default(limitDefaults),
});

type SettingName = Exclude<keyof typeof schema.shape, 'limits'>;

const settings: Readonly<Record<SettingName, Setting>> = {
  host: { flag: 'host', variable: 'WAYSTATION_HOST', fix: 'give an address of this computer, such as 127.0.0.1' },
  port: {
    flag: 'port',
    variable: 'WAYSTATION_PORT',
    fix: 'give a whole number from 0 (any free port) to 65535',
  },
  dataDir: {
    flag: 'data-dir',
    variable: 'WAYSTATION_DATA_DIR',
    fix: 'give the path of a folder that may be written',
  },
  databaseUrl: {
    flag: 'database-url',
    variable: 'WAYSTATION_DATABASE_URL',
    fix: 'give an address such as postgres://user@host:5432/name, or leave it out for the built-in database',
  },
  redisUrl: {
    flag: 'redis-url',
    variable: 'WAYSTATION_REDIS_URL',
    fix: 'give an address such as redis://host:6379, or leave it out for the built-in engine',
  },
  secrets: {
    flag: 'secrets',
    variable: 'WAYSTATION_SECRETS',
    fix: 'choose auto, keychain, passphrase or key-file',
  },
  passphraseFile: {
    flag: 'passphrase-file',
    variable: 'WAYSTATION_PASSPHRASE_FILE',
    fix: 'give the path of a readable file whose first line is the passphrase',
  },
  allowedHosts: {
    flag: 'allowed-host',
    variable: 'WAYSTATION_ALLOWED_HOSTS',
    fix: 'give host names or addresses without a port, separated by commas',
  },
  logLevel: { flag: 'log-level', variable: 'WAYSTATION_LOG_LEVEL', fix: 'choose error, warn, info or debug' },
};

/** Flags that `serve` understands, for the command line's own parser. */
export const configFlags: readonly string[] = ['config', ...Object.values(settings).map(({ flag }) => flag)];

/** Defaults ← config file ← environment ← flags. Throws `ConfigError` with every problem at once. */
export function loadConfig(sources: ConfigSources = {}): Config {
  const env = sources.env ?? process.env;
  const flags = sources.flags ?? {};
  const problems: string[] = [];
  const dataDir = text(flags['data-dir']) ?? text(env['WAYSTATION_DATA_DIR']) ?? defaultDataDir(env);
  const named = text(flags['config']) ?? text(env['WAYSTATION_CONFIG']);
  const configFile = resolve(named ?? join(dataDir, 'config.json'));
  const file = readConfigFile(configFile, named !== undefined, problems);
  const given: Record<string, unknown> = { dataDir, limits: file['limits'] };
  const origins: Record<string, string> = {};
  for (const [name, { flag, variable }] of Object.entries(settings)) {
    const found = [
      { origin: `--${flag}`, value: flags[flag] },
      { origin: variable, value: env[variable] },
      { origin: `"${name}" in the config file`, value: file[name] },
    ].find(({ value }) => value !== undefined && value !== '');
    if (!found) continue;
    given[name] = found.value;
    origins[name] = found.origin;
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => describe(issue, given, origins)));
  const passphrase = readPassphrase(parsed.data, env, problems);
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  const { passphraseFile: _, ...config } = parsed.data;
  return {
    ...config,
    portFrom: origins['port'] === undefined ? 'default' : origins['port'].startsWith('"') ? 'file' : 'start',
    configFile,
    dataDir: resolve(config.dataDir),
    passphrase,
    surroundings: readSurroundings(env),
    toolPlaces: toolPlacesOf(env),
    computer: { home: text(env['HOME']) ?? text(env['USERPROFILE']) ?? homedir(), platform: process.platform, env },
  };
}

/** AWS's own variables, and where AWS's tools keep their files. */
function readSurroundings(env: NodeJS.ProcessEnv): Config['surroundings'] {
  const named = Object.entries(env).filter(([name, value]) => name.startsWith('AWS_') && value);
  const variables: Readonly<Record<string, string>> = Object.fromEntries(
    named.map(([name, value = '']) => [name, value]),
  );
  return { variables, homeDir: env['HOME'] || env['USERPROFILE'] || homedir() };
}

/** As the tools themselves find them. */
function toolPlacesOf(env: NodeJS.ProcessEnv): ToolPlaces {
  const home = text(env['HOME']) ?? homedir();
  const named = text(env['CLAUDE_CONFIG_DIR']);
  // Claude Code names its keychain item after a folder that is not the usual one.
  const mark = named === undefined ? '' : `-${hash('sha256', named.normalize('NFC')).slice(0, 8)}`;
  return {
    claudeFolder: named ?? join(home, '.claude'),
    claudeStateFile: join(named ?? home, '.claude.json'),
    claudeKeychainItem: `Claude Code-credentials${mark}`,
    codexFolder: text(env['CODEX_HOME']) ?? join(home, '.codex'),
    geminiFolder: join(text(env['GEMINI_CLI_HOME']) ?? home, '.gemini'),
  };
}

/** Where data lives when nothing says otherwise: the usual place of each system. */
export function defaultDataDir(env: NodeJS.ProcessEnv = process.env): string {
  if (process.platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Waystation');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Waystation');
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'waystation');
}

function describe(issue: z.core.$ZodIssue, given: Record<string, unknown>, origins: Record<string, string>): string {
  const name = String(issue.path[0]);
  if (isSetting(name)) return `${origins[name]} is ${JSON.stringify(given[name])}: ${settings[name].fix}`;
  const place = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue.path.slice(1).join('.');
  return `"limits.${place}" in the config file: give whole numbers for ${Object.keys(limitDefaults).join(', ')}`;
}

function isSetting(name: string): name is SettingName {
  return Object.hasOwn(settings, name);
}

function readConfigFile(path: string, isNamed: boolean, problems: string[]): Record<string, unknown> {
  if (!existsSync(path)) {
    if (isNamed) problems.push(`--config ${path}: there is no such file; create it or leave the flag out`);
    return {};
  }
  try {
    const parsed = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));
    for (const name of Object.keys(parsed)) {
      if (!isSetting(name) && name !== 'limits') {
        problems.push(
          `"${name}" in ${path} is not a setting: known are ${[...Object.keys(settings), 'limits'].join(', ')}`,
        );
      }
    }
    return parsed;
  } catch (error) {
    problems.push(
      `${path} is not a JSON object (${error instanceof Error ? error.message : 'unreadable'}): mend or remove it`,
    );
    return {};
  }
}

function readPassphrase(
  parsed: z.infer<typeof schema> | undefined,
  env: NodeJS.ProcessEnv,
  problems: string[],
): string | undefined {
  const passphrase = readPassphraseFile(parsed?.passphraseFile, problems) ?? text(env['WAYSTATION_PASSPHRASE']);
  if (parsed?.secrets === 'passphrase' && !passphrase && !parsed.passphraseFile) {
    problems.push('--secrets is "passphrase", but there is none: name the file that holds it with --passphrase-file');
  }
  return passphrase;
}

function readPassphraseFile(file: string | undefined, problems: string[]): string | undefined {
  if (file === undefined) return undefined;
  try {
    const line = readFileSync(file, 'utf8').split(/\r?\n/, 1)[0];
    if (line) return line;
    problems.push(`--passphrase-file ${file}: its first line is empty; write the passphrase there`);
  } catch {
    problems.push(`--passphrase-file ${file}: it cannot be read; ${settings.passphraseFile.fix}`);
  }
  return undefined;
}

function splitList(given: unknown): unknown {
  return typeof given === 'string' ? given.split(',').map((item) => item.trim()) : given;
}

function text(given: unknown): string | undefined {
  return typeof given === 'string' && given !== '' ? given : undefined;
}
