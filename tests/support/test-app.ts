import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountView } from '../../app/accounts/view.ts';
import { type App, createApp } from '../../app/app.ts';
import { type Config, loadConfig } from '../../app/config.ts';
import type { Ports } from '../../app/parts.ts';
import { databaseFile } from '../../app/store/data-folder.ts';
import type { UsageEntry } from '../../app/usage/repository.ts';
import { FakeAnthropic } from './fake-anthropic/fake-anthropic.ts';
import type { LedgerEntry } from './fake-anthropic/ledger.ts';
import { putMigratedFile } from './migrated.ts';
import { exchange, headerOf, type RawConnection, requestBytes } from './raw-http.ts';
import { chooseServers, type Servers } from './servers.ts';

export interface TestAppOptions {
  /** How many fake upstreams, each with one account on it: `upstream-0`, `upstream-1` … in order of priority. */
  readonly upstreams?: number;
  /** Fields of each account. */
  readonly account?: Readonly<Record<string, unknown>>;
  readonly config?: Partial<Omit<Config, 'limits'>> & { readonly limits?: Partial<Config['limits']> };
  readonly ports?: Partial<Ports>;
  /** Fields of the key that calls are made with. */
  readonly key?: Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly isWhole: boolean;
  header(name: string): string | undefined;
  json(): Record<string, unknown>;
}

/** The whole relay in this process, on a real database and real sockets, in front of fake upstreams. */
export class TestApp {
  readonly app: App;
  readonly port: number;
  readonly dataDir: string;
  readonly upstreams: readonly FakeAnthropic[];
  readonly secret: string;
  readonly keyId: string;
  readonly warnings: readonly string[];
  readonly #options: TestAppOptions;
  /** What is removed at last; whoever was started anew on the same folder leaves that to the first. */
  readonly #servers: Servers | undefined;

  private constructor(
    made: Pick<TestApp, 'app' | 'port' | 'dataDir' | 'upstreams' | 'secret' | 'keyId' | 'warnings'>,
    options: TestAppOptions,
    servers?: Servers,
  ) {
    this.app = made.app;
    this.port = made.port;
    this.dataDir = made.dataDir;
    this.upstreams = made.upstreams;
    this.secret = made.secret;
    this.keyId = made.keyId;
    this.warnings = made.warnings;
    this.#options = options;
    this.#servers = servers;
  }

  static async start(given: TestAppOptions = {}): Promise<TestApp> {
    const servers = await chooseServers();
    const options = { ...given, config: { ...servers.config, ...given.config } };
    const dataDir = mkdtempSync(join(tmpdir(), 'waystation-test-'));
    const warnings: string[] = [];
    const config = testConfig(dataDir, options);
    if (config.databaseUrl === undefined) await putMigratedFile(databaseFile(config));
    const app = await createApp(config, {
      warn: (message) => warnings.push(message),
      ...options.ports,
    });
    const { port } = await app.start();
    const upstreams = await Promise.all(Array.from({ length: options.upstreams ?? 1 }, () => FakeAnthropic.start()));
    for (const [index, upstream] of upstreams.entries()) await addAccount(app, index, { url: upstream.url, options });
    const { key, secret } = await app.parts.keyRepository.create({ name: 'test', ...options.key });
    return new TestApp({ app, port, dataDir, upstreams, secret, keyId: key.id, warnings }, options, servers);
  }

  /** Stops it and starts another one on the same data folder, in front of the same upstreams. */
  async restart(): Promise<TestApp> {
    await this.app.stop();
    const app = await createApp(testConfig(this.dataDir, this.#options), {
      warn: () => undefined,
      ...this.#options.ports,
    });
    const { port } = await app.start();
    const { dataDir, upstreams, secret, keyId, warnings } = this;
    return new TestApp({ app, port, dataDir, upstreams, secret, keyId, warnings }, this.#options);
  }

  /** What the admin API answers. */
  async admin(path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.app.controlToken}` };
    return (await this.request({ path: `/admin/api${path}`, headers })).json();
  }

  /** The first upstream. */
  get upstream(): FakeAnthropic {
    const [first] = this.upstreams;
    if (!first) throw new Error('this test has no upstream');
    return first;
  }

  /** One call for messages; a body given as text or bytes is sent as it is. */
  async messages(body: unknown = hello, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.request({ method: 'POST', path: '/v1/messages', body: encode(body), headers: this.headers(headers) });
  }

  /** What a client with our key sends. */
  headers(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { 'content-type': 'application/json', 'x-api-key': this.secret, 'anthropic-version': '2023-06-01', ...more };
  }

  async request(request: Parameters<typeof requestBytes>[1]): Promise<Reply> {
    return toReply(await exchange(this.port, requestBytes(this.port, request)));
  }

  /** Sends a call for messages on a connection of the test's own. */
  async send(connection: RawConnection, body: unknown = hello): Promise<void> {
    const request = { method: 'POST', path: '/v1/messages', body: encode(body), headers: this.headers() };
    await connection.send(requestBytes(this.port, request));
  }

  /** Usage rows, oldest first. */
  async rows(): Promise<UsageEntry[]> {
    return (await this.app.parts.usage.list({ limit: 10_000 })).toReversed();
  }

  /** The rows once there are this many: settling happens before the end of an answer, aborts settle a moment later. */
  async rowsOnce(count: number): Promise<UsageEntry[]> {
    return eventually(async () => {
      const rows = await this.rows();
      return rows.length >= count ? rows : undefined;
    });
  }

  /** What an upstream charged, in order: it may end a moment after the client has its answer. */
  async ledger(index = 0): Promise<readonly LedgerEntry[]> {
    const upstream = this.upstreams[index];
    await upstream?.settled();
    return upstream?.ledger.entries() ?? [];
  }

  account(index: number): AccountView {
    const view = this.app.parts.accounts.views('messages').find(({ account }) => account.name === `upstream-${index}`);
    if (!view) throw new Error(`there is no account upstream-${index}`);
    return view;
  }

  /** The index of the upstream of each attempt. */
  attemptsOf(row: UsageEntry): number[] {
    const ids = this.upstreams.map((_, index) => this.account(index).account.id);
    return row.attempts.map(({ accountId }) => ids.indexOf(accountId));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.stop();
    if (!this.#servers) return;
    await Promise.all(this.upstreams.map((upstream) => upstream.close()));
    await this.#servers.remove([this.keyId]);
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** A small request, streamed or not. */
export const hello = {
  model: 'claude-sonnet-4-5',
  max_tokens: 64,
  stream: true,
  messages: [{ role: 'user', content: 'Hello' }],
} as const;
export const helloWhole = { ...hello, stream: false } as const;

/** Asks again, a turn of the event loop apart, until there is an answer; the test's own time limit ends it. */
export async function eventually<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function testConfig(dataDir: string, options: Pick<TestAppOptions, 'config'> = {}): Config {
  const config = loadConfig({ flags: { 'data-dir': dataDir, port: '0', secrets: 'key-file' }, env: {} });
  // Never the home of the person who runs the tests.
  const computer = { home: join(dataDir, 'home'), platform: process.platform, env: {} };
  return {
    ...config,
    computer,
    ...options.config,
    limits: { ...config.limits, drainMs: 2_000, ...options.config?.limits },
  };
}

async function addAccount(app: App, index: number, made: { url: string; options: TestAppOptions }): Promise<void> {
  const account = await app.parts.accountRepository.create({
    name: `upstream-${index}`,
    provider: 'anthropic',
    settings: { baseUrl: made.url },
    secretText: `sk-ant-upstream-${index}`,
    allowLocalUpstream: true,
    priority: 10 + index,
    ...made.options.account,
  });
  await app.parts.accounts.reload();
  if (!app.parts.accounts.get(account.id)) throw new Error('the account did not show up');
}

function encode(body: unknown): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}

function toReply(raw: Awaited<ReturnType<typeof exchange>>): Reply {
  return {
    status: raw.status,
    text: raw.body.toString('utf8'),
    isWhole: raw.isWhole,
    header: (name) => headerOf(raw, name),
    json: () => JSON.parse(raw.body.toString('utf8')),
  };
}
