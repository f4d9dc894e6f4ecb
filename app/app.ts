import { existsSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { LimitWriter } from './accounts/limit-writer.ts';
import type { CredentialRefresher } from './accounts/refresher.ts';
import { SharedPlaces } from './accounts/shared-places.ts';
import type { SignIns } from './accounts/sign-ins.ts';
import { openWatchedLimits } from './alert-parts.ts';
import type { Config } from './config.ts';
import { type Claim, claimDataDir, newControlToken } from './instance.ts';
import { KeyActivation } from './keys/activation.ts';
import { KeyUses } from './keys/uses.ts';
import { recountAll } from './limit-parts.ts';
import { createLoggers, type Loggers } from './log.ts';
import { defaultPorts, openParts, type Parts, type Ports } from './parts.ts';
import { protocols } from './protocols/index.ts';
import type { Received, Reply } from './relay/call.ts';
import { LoopLag } from './relay/loop-lag.ts';
import { relay } from './relay/relay.ts';
import type { ScheduledTests } from './relay/scheduled-tests.ts';
import { createScheduledTests } from './scheduled-test-parts.ts';
import { ServerState } from './scheduler/server-state.ts';
import { StickySessions } from './scheduler/sticky.ts';
import { forgetOldChanges } from './server/admin/audit-retention.ts';
import { AdminDoor } from './server/admin/door.ts';
import { adminRouter } from './server/admin/mount.ts';
import { createOperations } from './server/admin/operations.ts';
import { exportUsage } from './server/admin/usage-export.ts';
import { clientRoutes } from './server/client-routes.ts';
import { dialectOf } from './server/dialect.ts';
import { createExpressApp } from './server/express-app.ts';
import { type AllowedNames, allowedNames } from './server/gate.ts';
import { GuessGuard } from './server/guess-guard.ts';
import { Holder } from './server/holder.ts';
import { ResponsesSockets } from './server/responses-sockets.ts';
import { RunningCalls } from './server/running-calls.ts';
import { createRelayServer } from './server/server.ts';
import { createCredentials, createRefresher, createSignIns } from './sign-in-parts.ts';
import { openState } from './state/open.ts';
import { UsageRecorder } from './usage/recorder.ts';
import { createWatch, type WatchParts } from './watch-parts.ts';
import { wireRelay } from './wire-relay.ts';

export const version: string = packageJson.version;

export interface Listening {
  readonly url: string;
  readonly port: number;
}

export interface App {
  readonly parts: Parts;
  /** Opens the admin API for as long as this app runs. */
  readonly controlToken: string;
  /** Throws `PortTaken`. */
  start(): Promise<Listening>;
  /** Refuses new calls, lets running ones end until the drain limit, writes what is left, closes everything. */
  stop(): Promise<void>;
}

/** Another program listens where we should. */
export class PortTaken extends Error {
  constructor(host: string, port: number) {
    super(`Port ${port} on ${host} is taken by another program. Stop it, or choose another port with --port.`);
    this.name = 'PortTaken';
  }
}

/** Other nodes change keys and accounts on a shared database: we see it within a second. */
const pollMs = 750;

/** Calls that are too old are removed this often. */
const pruneMs = 3_600_000;

/** While it drains, connections without a call are closed this often. */
const closeIdleEveryMs = 100;

/** How long calls without a client may take to end. */
const settleMs = 2_000;

/** Builds the app in layer order. Throws `AlreadyRunning`, `VaultUnavailable`, `StoreTooNew`. */
export async function createApp(config: Config, ports: Partial<Ports> = {}): Promise<App> {
  await using closing = new AsyncDisposableStack();
  const claim = claimDataDir(config.dataDir);
  closing.defer(() => claim.release());
  const loggers = createLoggers({ folder: join(config.dataDir, 'logs'), level: config.logLevel });
  closing.defer(() => loggers.close());
  const warn = (message: string) => {
    loggers.of('app').warn(message);
    (ports.warn ?? defaultPorts.warn)(message);
  };
  const parts = await openParts(config, { ...defaultPorts, ...ports, warn }, closing);
  const { clock } = parts.ports;
  const state = await openState(
    config.redisUrl === undefined ? { engine: 'embedded' } : { engine: 'redis', url: config.redisUrl, warn },
    clock,
  );
  closing.defer(() => state.close());
  const recorder = await UsageRecorder.open({
    store: parts.store,
    prices: parts.prices,
    folder: join(config.dataDir, 'journal'),
    clock,
    warn,
  });
  closing.defer(() => recorder.close());
  if (config.redisUrl !== undefined) {
    const places = new SharedPlaces({ leases: state.leases, clock, warn });
    closing.defer(() => places.stop());
    parts.accounts.sharePlaces(places);
  }
  const limits = new LimitWriter(parts.accounts, parts.store, clock);
  closing.defer(() => limits.stop());
  const lag = LoopLag.start(clock);
  closing.defer(() => lag.stop());
  const sticky = new StickySessions(state.marks, clock, warn);
  const limited = { budgets: state.budgets, recorder, warn: (text: string) => loggers.of('relay').warn(text) };
  const watched = await openWatchedLimits(parts, limited, closing);
  const serverState = new ServerState(parts.store, clock);
  closing.defer(serverState.startSweeping());
  const refresher = createRefresher(parts, {
    locks: state.locks,
    marks: state.marks,
    report: (message) => loggers.of('accounts').warn(message),
  });
  closing.defer(() => refresher.stop());
  const signIns = createSignIns(parts, refresher);
  closing.defer(() => signIns.close());
  const credentials = createCredentials(parts, refresher);
  const uses = new KeyUses(parts.store, clock, warn);
  closing.defer(() => uses.close());
  const activation = new KeyActivation(parts.keyRepository);
  return new RelayApp(
    { parts, claim, loggers, signIns, closing: closing.move() },
    { state, sticky, serverState, recorder, lag, ...watched, refresher, credentials, activation, uses },
  );
}

interface Foundation {
  readonly parts: Parts;
  readonly claim: Claim;
  readonly loggers: Loggers;
  readonly signIns: SignIns;
  readonly closing: AsyncDisposableStack;
}

type Live = Omit<Parameters<typeof wireRelay>[1], 'isOpen' | 'loggers' | 'watch'>;

class RelayApp implements App {
  readonly parts: Parts;
  readonly controlToken = newControlToken();
  readonly #claim: Claim;
  readonly #closing: AsyncDisposableStack;
  readonly #running = new RunningCalls();
  readonly #server: Server;
  readonly #sockets: ResponsesSockets;
  readonly #refresher: CredentialRefresher;
  readonly #tests: ScheduledTests;
  readonly #startedAt: number;
  readonly #door: AdminDoor;
  readonly #watch: WatchParts;
  #allowed: AllowedNames;
  #listening: Listening | undefined;
  #isOpen = true;
  #stopped: Promise<void> | undefined;
  #cancelPoll: () => void = () => undefined;
  #cancelPrune: () => void = () => undefined;
  #pruning: Promise<unknown> = Promise.resolve();
  #cancelSweep: () => void = () => undefined;

  constructor({ parts, claim, loggers, signIns, closing }: Foundation, live: Live) {
    this.parts = parts;
    this.#refresher = live.refresher;
    this.#tests = createScheduledTests(parts, live, (text) => loggers.of('accounts').warn(text));
    closing.defer(() => this.#tests.stop());
    this.#claim = claim;
    this.#closing = closing;
    this.#startedAt = parts.ports.clock.now();
    this.#door = new AdminDoor({
      clock: parts.ports.clock,
      store: parts.store,
      report: (error) => loggers.of('admin').warn('a refused sign-in could not be recorded', { error: String(error) }),
    });
    this.#allowed = allowedNames(parts.config.port, parts.config.allowedHosts);
    this.#watch = createWatch(parts, version);
    const deps = wireRelay(parts, { ...live, loggers, watch: this.#watch, isOpen: () => this.#isOpen });
    const edge = {
      routes: clientRoutes(protocols),
      allowed: () => this.#allowed,
      isOpen: () => this.#isOpen,
      express: this.#express(loggers, live, signIns),
      door: {
        ...deps,
        limits: parts.config.limits,
        running: this.#running,
        guesses: new GuessGuard(deps),
        holder: this.#holder(live),
        models: { offers: parts.offers, views: () => parts.accounts.all(), groups: () => parts.accounts.groups },
        dialectOf: ({ headers }: IncomingMessage, query: string) => protocols[dialectOf(headers, query)],
        relay: (received: Received, reply: Reply) =>
          this.#watch.calls.follow(received.requestId, reply, (watched) => relay(deps, received, watched)),
      },
    };
    this.#sockets = new ResponsesSockets(edge);
    this.#server = createRelayServer({ ...edge, sockets: this.#sockets });
  }

  #holder({ limiter, uses }: Pick<Live, 'limiter' | 'uses'>): Holder {
    const { ports, rollups, topUps } = this.parts;
    return new Holder({
      redeem: (code, keyId) => topUps.redeem(code, keyId),
      clock: ports.clock,
      rollups,
      limitStandings: (key) => limiter.standings(key),
      keyUses: () => uses.read(),
    });
  }

  async start(): Promise<Listening> {
    const { host, port } = this.parts.config;
    await listen(this.#server, host, port);
    await this.#door.reload();
    await this.#refresher.start();
    this.#tests.start();
    const address = this.#server.address();
    const actual = typeof address === 'object' && address ? address.port : port;
    this.#allowed = allowedNames(actual, [...this.parts.config.allowedHosts, ...ownNames(host)]);
    this.#listening = { url: `http://${urlHost(host)}:${actual}`, port: actual };
    this.#claim.announce({
      url: this.#listening.url,
      version,
      startedAt: this.#startedAt,
      token: this.controlToken,
    });
    if (this.parts.store.engine === 'postgres') this.#poll();
    this.#prune();
    return this.#listening;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#isOpen = false;
    this.#cancelPoll();
    this.#cancelPrune();
    this.#watch.feed.tell('relay', 'state', { state: 'stopping' });
    this.#watch.feed.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#closeIdle();
    const { clock } = this.parts.ports;
    const cancel = clock.after(this.parts.config.limits.drainMs, () => {
      this.#running.abortAll();
      this.#server.closeAllConnections();
      this.#sockets.terminateAll();
    });
    if (this.#listening) await closed;
    cancel();
    this.#cancelSweep();
    await this.#settle();
    await this.#pruning;
    await this.#closing.disposeAsync();
  }

  /** The last connection is gone before its call is: nothing may be closed under a call that still writes its row. */
  async #settle(): Promise<void> {
    this.#running.abortAll();
    const { promise: tooLate, resolve } = Promise.withResolvers<void>();
    const cancel = this.parts.ports.clock.after(settleMs, resolve);
    await Promise.race([this.#running.idle(), tooLate]);
    cancel();
  }

  /** Clients keep a connection for their next call, and a call that still runs leaves one behind: so it is done again. */
  #closeIdle(): void {
    this.#server.closeIdleConnections();
    this.#sockets.closeIdle();
    this.#cancelSweep = this.parts.ports.clock.after(closeIdleEveryMs, () => this.#closeIdle());
  }

  #express(loggers: Loggers, live: Live, signIns: SignIns) {
    const log = loggers.of('admin');
    const report = (error: unknown) => log.error('an admin request failed', { error: String(error) });
    const operations = createOperations({
      ...this.parts,
      version,
      refresher: live.refresher,
      credentials: live.credentials,
      signIns,
      live: {
        url: () => this.#listening?.url,
        startedAt: this.#startedAt,
        sessions: live.sticky,
        door: this.#door,
        changed: (resource) => this.#watch.feed.tell('changed', resource, { resource }),
        runningCalls: () => this.#watch.calls.list(),
        cancelCall: (requestId) => this.#running.abort(requestId),
        state: () => (this.#isOpen ? 'running' : 'stopping'),
        callsInFlight: () => this.#running.size,
        pendingRows: () => live.recorder.pendingRows(),
        keyUses: () => live.uses.read(),
        limitStandings: (key) => live.limiter.standings(key),
        capStandings: (account) => live.accountCaps.standings(account),
        recountLimits: async () => {
          await recountAll(live.limiter, this.parts);
          await live.accountCaps.recountAll();
        },
      },
    });
    return createExpressApp({
      adminApi: adminRouter(operations, {
        token: this.controlToken,
        door: this.#door,
        clock: this.parts.ports.clock,
        feed: this.#watch.feed,
        version,
        report,
        exportUsage: (question) => exportUsage(this.parts.usage, question),
      }),
      pagesFolder: findPages(),
      protocol: protocols.anthropic,
      health: () => ({ isOpen: this.#isOpen, version }),
    });
  }

  /** An unreachable database is no reason to stop: the next round tries again. */
  #prune(): void {
    this.#cancelPrune = this.parts.ports.clock.after(pruneMs, () => {
      const { retention, ports, store } = this.parts;
      this.#pruning = retention
        .apply(ports.clock.now(), () => this.#isOpen)
        .then(() => forgetOldChanges(store, ports.clock.now()))
        .catch((error: unknown) => ports.warn(`Old calls could not be removed: ${String(error)}`))
        .finally(() => this.#isOpen && this.#prune());
    });
  }

  #poll(): void {
    this.#cancelPoll = this.parts.ports.clock.after(pollMs, () => {
      const { keys, accounts, catalogue, oauth, rules, prices, alerts } = this.parts;
      const reloads = [
        keys.poll(),
        accounts.poll(),
        catalogue.poll(),
        oauth.reload(),
        rules.reload(),
        this.#door.reload(),
        prices.poll(),
        alerts.poll(),
      ];
      // An unreachable database is no reason to forget what we know; the next round tries again.
      void Promise.allSettled(reloads).then(() => this.#isOpen && this.#poll());
    });
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTaken(host, port) : error);
    });
    server.listen(port, host, () => resolve());
  });
}

/** The address we bind to is one we answer to, unless it stands for every address. */
function ownNames(host: string): string[] {
  return host === '0.0.0.0' || host === '::' ? [] : [urlHost(host)];
}

/** Who listens everywhere is reached here by the loopback address. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** The built admin UI: beside the bundle, or in the source tree. */
function findPages(): string | undefined {
  const places = ['./renderer', '../dist/renderer'].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return places.find((place) => existsSync(join(place, 'index.html')));
}
