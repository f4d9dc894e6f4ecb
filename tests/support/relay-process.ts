import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { main } from '../../app/cli.ts';
import { systemClock } from '../../app/domain/clock.ts';
import { usageEntry } from '../../app/server/admin/contract-usage.ts';

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export type UsageRow = z.infer<typeof usageEntry>;

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RelayOptions {
  /** A folder to start on again; without it one is made, and removed by `dispose`. */
  readonly dataDir?: string;
  readonly flags?: readonly string[];
  /** More variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** It cannot start before somebody has decided something on its page: it is there once it asks. */
  readonly isAsking?: boolean;
}

export interface AccountOptions {
  readonly name: string;
  readonly baseUrl: string;
  readonly secret: string;
  readonly flags?: readonly string[];
}

const created = z.object({ id: z.string() });
const createdKey = created.extend({ key: z.string() });

/** The built relay as a process of its own, driven by its own command line: what a person has. */
export class RelayProcess {
  readonly dataDir: string;
  readonly url: string;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ownsFolder: boolean;
  readonly #ended: Promise<unknown>;

  private constructor(made: Pick<RelayProcess, 'dataDir' | 'url'> & { child: Child; ownsFolder: boolean }) {
    this.dataDir = made.dataDir;
    this.url = made.url;
    this.#child = made.child;
    this.#ownsFolder = made.ownsFolder;
    this.#ended = hasEnded(made.child) ? Promise.resolve() : once(made.child, 'exit');
  }

  static async start(options: RelayOptions = {}): Promise<RelayProcess> {
    const dataDir = options.dataDir ?? (await makeDataDir());
    const child = spawn(process.execPath, [program, ...serveArguments(dataDir, options.flags)], {
      env: { ...cleanEnvironment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const url = options.isAsking ? await askingUrl(child) : await readyUrl(child);
    return new RelayProcess({ dataDir, url, child, ownsFolder: options.dataDir === undefined });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('The relay has no process');
    return this.#child.pid;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async addAccount(options: AccountOptions): Promise<string> {
    return await addAccount(this.dataDir, options);
  }

  async createKey(name: string, flags: readonly string[] = []): Promise<z.infer<typeof createdKey>> {
    return await createKey(this.dataDir, name, flags);
  }

  /** Usage rows, oldest first. */
  async usage(limit = 1_000): Promise<readonly UsageRow[]> {
    const rows = await this.json(['usage', 'list', '--limit', String(limit)]);
    return z.array(usageEntry).parse(rows).toReversed();
  }

  /** One command of the command line, which finds this relay by its data folder. */
  async json(words: readonly string[], stdin = ''): Promise<unknown> {
    return await runJson(this.dataDir, words, stdin);
  }

  /** Answers the exit code, once it has ended. */
  async exit(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Ends it as a person would, and waits. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  /** Ends it without warning, and waits. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    if (this.#ownsFolder) await rm(this.dataDir, { recursive: true, force: true });
  }
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

export async function makeDataDir(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'waystation-relay-'));
}

/** How a relay of the tests is served: any port, and a key file instead of the person's own keychain. */
export function serveArguments(dataDir: string, flags: readonly string[] = []): readonly string[] {
  const port = flags.includes('--port') ? [] : ['--port', '0'];
  const secrets = flags.includes('--secrets') ? [] : ['--secrets', 'key-file'];
  return ['serve', '--data-dir', dataDir, ...port, ...secrets, ...flags];
}

/** With a running relay through it, without one straight on the store. Answers the account's id. */
export async function addAccount(
  dataDir: string,
  { name, baseUrl, secret, flags = [] }: AccountOptions,
): Promise<string> {
  const words = ['account', 'add', '--provider', 'anthropic', '--name', name, '--base-url', baseUrl];
  const answer = await runJson(dataDir, [...words, '--allow-local-upstream', '--secret-stdin', ...flags], secret);
  return created.parse(answer).id;
}

export async function createKey(
  dataDir: string,
  name: string,
  flags: readonly string[] = [],
): Promise<z.infer<typeof createdKey>> {
  return createdKey.parse(await runJson(dataDir, ['key', 'create', '--name', name, ...flags]));
}

/** Runs a command with `--json`, here, because a process for each takes long, and reads its one document. Fails when it does. */
export async function runJson(dataDir: string, words: readonly string[], stdin = ''): Promise<unknown> {
  const { exitCode, stdout, stderr } = await runHere(argumentsOf(dataDir, [...words, '--json']), stdin);
  if (exitCode !== 0) throw new Error(`waystation ${words.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

function argumentsOf(dataDir: string, words: readonly string[]): readonly string[] {
  return [...words, '--data-dir', dataDir, '--secrets', 'key-file'];
}

async function runHere(argv: readonly string[], stdin: string): Promise<CliResult> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const [stdout, stderr] = [collect(out), collect(err)];
  const exitCode = await main(argv, {
    ...{ stdin: Readable.from([stdin]), stdout: out, stderr: err, env: cleanEnvironment(), clock: systemClock },
    onSignal: () => () => undefined,
  });
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

/** The built command line, as a process of its own. */
export async function runCli(dataDir: string, words: readonly string[], stdin = ''): Promise<CliResult> {
  const child = spawn(process.execPath, [program, ...argumentsOf(dataDir, words)], {
    env: cleanEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(stdin);
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  await once(child, 'close');
  return { exitCode: child.exitCode, stdout: stdout(), stderr: stderr() };
}

/** The address it prints once it listens; fails with all it said when it ends before. */
export async function readyUrl(child: Pick<Child, 'stdout' | 'stderr' | 'once' | 'off'>): Promise<string> {
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  return await new Promise((resolve, reject) => {
    const look = () => {
      const [, url] = /(http:\/\/[^\s/"]+:\d+)/.exec(stdout()) ?? [];
      if (url) resolve(url);
    };
    child.stdout.on('data', look);
    child.once('exit', (code) => reject(new Error(`The relay ended with ${code}: ${stdout()}${stderr()}`)));
  });
}

/** The address that it asks at. */
async function askingUrl(child: Child): Promise<string> {
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  return await new Promise((resolve, reject) => {
    child.stderr.on('data', () => {
      const [, url] = /(http:\/\/\S+#ticket=\S+)\n/.exec(stderr()) ?? [];
      if (url) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`The relay ended with ${code}: ${stdout()}${stderr()}`)));
  });
}

function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

function hasEnded(child: Child): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Without the settings and the sign-ins of the person who runs the tests. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:WAYSTATION|AWS)_/.test(name)));
}
