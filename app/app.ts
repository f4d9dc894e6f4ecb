import type { IncomingMessage, Server } from 'node:http';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import type { Waking } from './accounts/dispatchers.ts';
import { LimitWriter } from './accounts/limit-writer.ts';
import type { CredentialRefresher } from './accounts/refresher.ts';
import { SharedPlaces } from './accounts/shared-places.ts';
import type { SignIns } from './accounts/sign-ins.ts';
import { createApps, createDoors, type Doors } from './admin-parts.ts';
import { openWatchedLimits, startDelivery } from './alert-parts.ts';
import type { Config } from './config.ts';
import { startConnections } from './connection-parts.ts';
import { type Claim, claimDataDir, newControlToken } from './instance.ts';
import { KeyActivation } from './keys/activation.ts';
import { KeyUses } from './keys/uses.ts';
import { recountAll } from './limit-parts.ts';
import { listen, ownNames, urlHost } from './listening.ts';
import { createLoggers, type Loggers } from './log.ts';
import { createMe } from './me-parts.ts';
import { defaultPorts, openParts, type Parts, type Ports } from './parts.ts';
import { protocols } from './protocols/index.ts';
import type { Received, Reply } from './relay/call.ts';
import { LoopLag } from './relay/loop-lag.ts';
import { relay } from './relay/relay.ts';
import type { ScheduledTests } from './relay/scheduled-tests.ts';
import { forgetOld, hearOtherNodes, keepCopy } from './rounds.ts';
import { createScheduledTests } from './scheduled-test-parts.ts';
import { ServerState } from './scheduler/server-state.ts';
import { StickySessions } from './scheduler/sticky.ts';
import { signInUrl } from './server/admin/contract.ts';
import { changedParts, type FeedMessage } from './server/admin/live-feed.ts';
import { createOperations } from './server/admin/operations.ts';
import { clientRoutes } from './server/client-routes.ts';
import { dialectOf } from './server/dialect.ts';
import { type AllowedNames, allowedNames, isLoopbackAddress } from './server/gate.ts';
import { GuessGuard } from './server/guess-guard.ts';
import { Holder } from './server/holder.ts';
import { peerAt } from './server/peer.ts';
import { ResponsesSockets } from './server/responses-sockets.ts';
import { RunningCalls } from './server/running-calls.ts';
import { createRelayServer } from './server/server.ts';
import { createSharing, type SharingParts } from './sharing-parts.ts';
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
  /** An address that signs a browser in, once. */
  signInUrl(): string;
  /** Throws `PortTaken`. */
  start(): Promise<Listening>;
  /** Hears that something that pages show is different now, and which parts of the API tell it. Answers how to stop. */
  onChange(listener: (parts: readonly string[]) => void): () => void;
  /** The computer slept, or its network is another one: what cannot go on ends now, and sign-ins are looked at. */
  wake(waking: Waking): void;
  /** Refuses new calls, lets running ones end until the drain limit, writes what is left, closes everything. */
  stop(): Promise<void>;
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
  readonly #sharing: SharingParts;
  readonly #refresher: CredentialRefresher;
  readonly #tests: ScheduledTests;
  readonly #startedAt: number;
  readonly #doors: Doors;
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
    this.#doors = createDoors(parts, loggers);
    this.#allowed = allowedNames(parts.config.port, parts.config.allowedHosts);
    this.#watch = createWatch(parts, version);
    const apps = this.#apps(loggers, live, signIns);
    const deps = wireRelay(parts, { ...live, loggers, watch: this.#watch, isOpen: () => this.#isOpen });
    const edge = {
      routes: clientRoutes(protocols),
      allowed: () => this.#allowed,
      isOpen: () => this.#isOpen,
      express: apps.own,
      door: {
        ...deps,
        limits: parts.config.limits,
        running: this.#running,
        guesses: new GuessGuard(deps),
        holder: this.#holder(live),
        verifyEndedKey: (secret: string, now: number, address: string | undefined) =>
          parts.keys.verifyEnded(secret, now, address),
        models: { offers: parts.offers, views: () => parts.accounts.all(), groups: () => parts.accounts.groups },
        peerOf: peerAt(parts.config.host),
        dialectOf: ({ headers }: IncomingMessage, query: string) => protocols[dialectOf(headers, query)],
        relay: (received: Received, reply: Reply) =>
          this.#watch.calls.follow(received.requestId, reply, (watched) =>
            this.#watch.capture.isOn
              ? this.#watch.capture.follow(received, watched, (call, to) => relay(deps, call, to))
              : relay(deps, received, watched),
          ),
      },
    };
    this.#sockets = new ResponsesSockets(edge);
    this.#server = createRelayServer({
      ...edge,
      sockets: this.#sockets,
      isLocal: isLoopbackAddress(parts.config.host),
    });
    this.#sharing = createSharing(parts, { ...edge, express: apps.shared }, (resource) => this.#tellChanged(resource));
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
    await this.#doors.own.reload();
    await this.#doors.lan.reload();
    if (!this.parts.vault.isLocked) {
      await this.#refresher.start();
      this.#tests.start();
    }
    await this.#sharing.current.reload();
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
    const changed = () => this.#tellChanged('connections');
    this.#closing.defer(startDelivery(this.parts, () => this.#tellChanged('webhooks')));
    this.#closing.defer(await startConnections(this.parts, { address: () => this.#listening?.url, changed }));
    if (this.parts.store.engine === 'postgres') this.#poll();
    await this.parts.captures.prune();
    this.#prune();
    return this.#listening;
  }

  onChange(listener: (parts: readonly string[]) => void): () => void {
    const receive = (messages: readonly FeedMessage[]) => listener(changedParts(messages));
    const leave = this.#watch.feed.listen({ receive, close: () => undefined }, undefined);
    return leave ?? (() => undefined);
  }

  signInUrl(): string {
    return signInUrl(this.#listening?.url ?? '', this.#doors.own.sessions.createTicket().ticket);
  }

  wake(waking: Waking): void {
    this.parts.transport.wake(waking);
    this.parts.control.wake(waking);
    // What ended while nobody counted is found now, by the wall clock.
    const { warn } = this.parts.ports;
    this.#refresher.look().catch((error: unknown) => warn(`Sign-ins not looked at: ${String(error)}`));
    this.#sharing.listeners.recheck().catch((error: unknown) => warn(`Sharing not looked at: ${String(error)}`));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#isOpen = false;
    this.#cancelPoll();
    this.#cancelPrune();
    this.#tellState();
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
    await this.#sharing.listeners.stop();
    await this.#settle();
    await Promise.all([this.#pruning, this.#watch.capture.written()]);
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

  #apps(loggers: Loggers, live: Live, signIns: SignIns) {
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
        door: this.#doors.own,
        lan: this.#doors.lan,
        sharing: () => this.#sharing,
        changed: (resource) => this.#tellChanged(resource),
        runningCalls: () => this.#watch.calls.list(),
        cancelCall: (requestId) => this.#running.abort(requestId),
        capture: this.#watch.captureSwitch,
        purgeCaptures: () => this.#watch.capture.purge(),
        state: () => this.#state(),
        stateChanged: () => this.#tellState(),
        callsInFlight: () => this.#running.size,
        pendingRows: () => live.recorder.pendingRows(),
        keyUses: () => live.uses.read(),
        keyDevices: () => live.uses.devices(),
        limitStandings: (key) => live.limiter.standings(key),
        capStandings: (account) => live.accountCaps.standings(account),
        recountLimits: async () => {
          await recountAll(live.limiter, this.parts);
          await live.accountCaps.recountAll();
        },
      },
    });
    return createApps(this.parts, operations, {
      token: this.controlToken,
      doors: this.#doors,
      me: createMe(this.parts, live, loggers.of('admin')),
      loggers,
      feed: this.#watch.feed,
      version,
      health: () => ({ state: this.#state(), version }),
    });
  }

  #tellChanged(resource: string): void {
    this.#watch.feed.tell('changed', resource, { resource });
  }

  #tellState(): void {
    this.#watch.feed.tell('relay', 'state', { state: this.#state() });
  }

  #state(): 'running' | 'paused' | 'stopping' {
    if (!this.#isOpen) return 'stopping';
    return this.parts.pause.isPaused ? 'paused' : 'running';
  }

  #prune(): void {
    this.#cancelPrune = this.parts.ports.clock.after(pruneMs, () => {
      this.#pruning = forgetOld(this.parts, () => this.#isOpen)
        .then(() => keepCopy(this.parts))
        .finally(() => this.#isOpen && this.#prune());
    });
  }

  #poll(): void {
    this.#cancelPoll = this.parts.ports.clock.after(pollMs, () => {
      const hearing = { doors: Object.values(this.#doors), sharing: this.#sharing.current };
      void hearOtherNodes(this.parts, hearing).then(() => this.#isOpen && this.#poll());
    });
  }
}
