import { setTimeout as pause } from 'node:timers/promises';
import type { App, Listening } from '../app.ts';
import type { Config } from '../config.ts';
import { AlreadyRunning } from '../instance.ts';
import { PortTaken } from '../listening.ts';
import type { Output } from '../server/admin/contract.ts';
import { AdminError } from '../server/admin/errors.ts';
import type { Asking } from '../start.ts';
import { overHttp, type RelayAddress } from './client.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { configOf, findRunning } from './connection.ts';
import { definitionList } from './definitions.ts';
import { type Page, tell } from './page.ts';
import { createSignInUrl } from './sign-in.ts';
import { secretsText } from './status.ts';

const serveFlags: Flags = {
  host: { type: 'string', value: 'ADDRESS', text: 'where to listen; default: 127.0.0.1' },
  port: { type: 'string', value: 'N', text: 'default: 8484; 0 takes any free one' },
  config: { type: 'string', value: 'FILE', text: 'config file; default: config.json in the data folder' },
  'database-url': { type: 'string', value: 'URL', text: 'PostgreSQL instead of the built-in database' },
  'redis-url': { type: 'string', value: 'URL', text: 'Redis instead of the built-in engine' },
  secrets: { type: 'string', value: 'KIND', text: 'auto, keychain, passphrase or key-file' },
  'passphrase-file': { type: 'string', value: 'FILE', text: 'a file whose first line is the passphrase' },
  'allowed-host': { type: 'string', value: 'NAME', multiple: true, text: 'a further name clients may call us by' },
  'on-trouble': { type: 'string', value: 'WHAT', text: 'exit (default), or ask: on a page, what to do instead' },
  'log-level': { type: 'string', value: 'LEVEL', text: 'error, warn, info or debug' },
};

export const serveCommand: Command = {
  name: 'serve',
  summary: 'run the relay until it is told to stop',
  flags: serveFlags,
  notes: ['Each setting also exists as a WAYSTATION_… variable and as a field of the config file.'],
  run: serve,
};

const handOverMs = 5_000;

interface Started {
  readonly app: App;
  readonly listening: Listening;
  readonly call: Invocation;
}

async function serve(call: Invocation): Promise<number> {
  const config = configOf(call);
  const running = await findRunning(config.dataDir);
  if (running) return await handOver(call, running);
  const asked = askedToEnd(call);
  try {
    const started =
      call.flags.choice('on-trouble', ['exit', 'ask']) === 'ask'
        ? await startOrAskIn(config, call, asked.end)
        : await start(config, call);
    if (!started) return 1;
    const { app, listening } = started;
    await stayUntil(asked.end, { app, listening, call });
    return 0;
  } catch (error) {
    const other = error instanceof AlreadyRunning ? await waitForOther(config) : undefined;
    if (other) return await handOver(call, other);
    throw error;
  } finally {
    asked.stopListening();
  }
}

async function stayUntil(end: Promise<void>, { app, listening, call }: Started): Promise<void> {
  try {
    await tellReady(call, { url: listening.url, token: app.controlToken });
    await end;
    tell(call.io.stderr, 'Stopping: running calls are finished first. Ctrl+C again stops at once.');
  } finally {
    await app.stop();
  }
}

async function start(config: Config, { io }: Invocation): Promise<Omit<Started, 'call'>> {
  // Loaded late: the help must not wait for it.
  const { createApp } = await import('../app.ts');
  const app = await createApp(config, { clock: io.clock, warn: (message) => tell(io.stderr, message) });
  try {
    return { app, listening: await app.start() };
  } catch (error) {
    await app.stop();
    throw error instanceof PortTaken ? new AdminError('conflict', error.message) : error;
  }
}

/** A person who looks at a browser rather than at this terminal is asked there. */
async function startOrAskIn(config: Config, { io }: Invocation, end: Promise<void>) {
  const { startOrAsk } = await import('../start.ts');
  const ending = new AbortController();
  void end.then(() => ending.abort());
  const ports = { clock: io.clock, warn: (message: string) => tell(io.stderr, message) };
  const asking = ({ happened, signInUrl }: Asking) => {
    tell(io.stderr, `${happened} Waystation cannot start before you decide what to do, at:`);
    io.stderr.write(`${signInUrl()}\n`);
  };
  return await startOrAsk({ config, ports }, { asking, signal: ending.signal });
}

function askedToEnd({ io }: Invocation) {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  return { end, stopListening: io.onSignal(resolve) };
}

/** Somebody launched it twice at once: the other one is about to listen. */
async function waitForOther(config: Config): Promise<RelayAddress | undefined> {
  const deadline = performance.now() + handOverMs;
  while (performance.now() < deadline) {
    const running = await findRunning(config.dataDir);
    if (running) return running;
    await pause(100);
  }
  return undefined;
}

/** A second launch is no failure: it says where the first one is. */
async function handOver(call: Invocation, relay: RelayAddress): Promise<number> {
  const [status, adminUrl] = [await overHttp(relay).status({}), await createSignInUrl(relay)];
  const text = (page: Page) => `Waystation already runs on this data folder.\n\n${places(page, status, adminUrl)}`;
  return call.print({ json: ready(status, adminUrl), text });
}

async function tellReady(call: Invocation, relay: RelayAddress): Promise<void> {
  const [status, adminUrl] = [await overHttp(relay).status({}), await createSignInUrl(relay)];
  call.print({ json: ready(status, adminUrl), text: (page) => readyText(page, status, adminUrl) });
}

function ready({ pid, url, version, state, dataDir }: Output<'status'>, adminUrl: string) {
  return { pid, url, version, state, dataDir, adminUrl };
}

function readyText(page: Page, status: Output<'status'>, adminUrl: string): string {
  return [
    `Waystation ${status.version} is running.`,
    '',
    places(page, status, adminUrl),
    '',
    'Point Claude Code at it:',
    `  export ANTHROPIC_BASE_URL=${status.url ?? ''}`,
    '  export ANTHROPIC_AUTH_TOKEN=KEY   # from: waystation key create --name laptop',
    ...(status.accounts.total > 0 ? [] : ['Add an account: waystation account add --provider anthropic --name NAME']),
    '',
    'In a clone, write "npm run -s cli --" for "waystation". Stop with Ctrl+C.',
  ].join('\n');
}

function places(page: Page, status: Output<'status'>, adminUrl: string): string {
  return definitionList(page, [
    ['Address', status.url ?? undefined],
    ['Admin UI', adminUrl],
    ['', '(signs in once, within 5 minutes; later: waystation open)'],
    ['Process', String(status.pid)],
    ['Data', status.dataDir],
    ['Secrets', secretsText(status)],
  ]);
}
