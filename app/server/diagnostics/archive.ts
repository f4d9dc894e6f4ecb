import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { arch, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { redactPersonal } from '../../domain/redaction.ts';
import { packed, type TextFile } from '../../domain/tar.ts';
import type { Check } from './check.ts';

/** What is told of how it was started; everything else stays here. */
export interface DiagnosedConfig {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly databaseUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  readonly secrets: string;
  readonly allowedHosts: readonly string[];
  readonly logLevel: string;
  readonly limits: object;
  readonly computer: { readonly home: string };
}

export interface Diagnosed {
  readonly config: DiagnosedConfig;
  readonly version: string;
  readonly now: number;
  readonly checks: readonly Check[];
  /** What only an open database can tell, by the name of its file. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface Archive {
  readonly name: string;
  readonly files: readonly TextFile[];
  readonly bytes: Buffer;
}

const mostLogLines = 500;
const mostLogBytes = 512 * 1024;
const mostLineLength = 2_000;

/** Everything somebody who helps needs to know, and nothing that is nobody's business. It is sent to no one. */
export function archiveOf({ config, version, now, checks, more = {} }: Diagnosed): Archive {
  const documents = {
    'versions.json': versionsOf(version, now),
    'config.json': configOf(config),
    'checks.json': checks,
    ...more,
  };
  const files = [
    { name: 'README.txt', text: readme },
    ...Object.entries(documents).map(([name, value]) => ({ name, text: `${JSON.stringify(value, null, 2)}\n` })),
    { name: 'log.txt', text: lastLogLines(join(config.dataDir, 'logs')) },
  ].map(({ name, text }) => ({ name, text: cleaned(text, config.computer.home) }));
  const day = new Date(now).toISOString().slice(0, 19).replaceAll(':', '-');
  return { name: `waystation-diagnostics-${day}.tar.gz`, files, bytes: packed(files, now) };
}

const readme = `What Waystation knows about itself, for somebody who helps you. Look through it before you give it away.

versions.json  versions and the system
config.json    how it was started; passwords and addresses of servers left out
checks.json    what "waystation doctor" says
calls.json     the last 50 calls: times, models, counts and outcomes, nothing of what was said
tools.json     connected tools: which keys of their files are ours, no values
log.txt        the last 500 lines of the log

Secrets, e-mail addresses and your home folder were taken out. Nothing was sent anywhere.
`;

function versionsOf(version: string, now: number) {
  const { node, electron, v8 } = process.versions;
  return {
    ...{ waystation: version, node, electron: electron ?? null, v8 },
    system: { platform: process.platform, type: type(), release: release(), arch: arch() },
    memory: { totalBytes: totalmem(), usedBytes: process.memoryUsage().rss },
    ...{ uptimeSeconds: Math.round(process.uptime()), collectedAt: new Date(now).toISOString() },
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

/** An allow-list: what is added to the settings is not told before somebody thought of it. */
function configOf(config: DiagnosedConfig) {
  const { dataDir, host, port, databaseUrl, redisUrl, secrets, allowedHosts, logLevel, limits } = config;
  return {
    ...{ dataDir, host, port, secrets, logLevel, limits },
    database: databaseUrl === undefined ? 'built in' : 'PostgreSQL',
    state: redisUrl === undefined ? 'built in' : 'Redis',
    allowedHosts: allowedHosts.length,
  };
}

function lastLogLines(folder: string): string {
  // Newest last; the older one counts only as far as the newer one is short.
  const text = ['waystation1.log', 'waystation.log'].map((name) => endOf(join(folder, name))).join('');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines
    .slice(-mostLogLines)
    .map((line) => `${line.slice(0, mostLineLength)}\n`)
    .join('');
}

function endOf(path: string): string {
  if (!existsSync(path)) return '';
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, mostLogBytes));
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString('utf8', 0, read);
    // The first line of a part is a part of a line.
    return bytes.length < size ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(file);
  }
}

function cleaned(text: string, home: string): string {
  const withoutHome = home.length > 1 ? hidden(hidden(text, home), JSON.stringify(home).slice(1, -1)) : text;
  return redactPersonal(withoutHome);
}

function hidden(text: string, home: string): string {
  return text.replaceAll(home, '~');
}
