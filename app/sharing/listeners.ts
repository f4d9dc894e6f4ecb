import type { Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../domain/clock.ts';
import { isPresent } from './addresses.ts';
import type { Authority, Leaf } from './authority.ts';
import type { LocalName } from './local-name.ts';
import { namesOf, type SharingSettings } from './settings.ts';
import type { AddressStanding } from './standing.ts';

export interface ListenersDeps {
  readonly clock: Clock;
  readonly authority: Pick<Authority, 'issue' | 'isDue'>;
  /** The edge for other computers; `leaf` undefined means plain HTTP. */
  createServer(leaf: Leaf | undefined, names: () => SharedNames): SharedServer;
  readonly localName?: Pick<LocalName, 'use' | 'stop'>;
  interfaces?(): ReturnType<typeof networkInterfaces>;
  warn(message: string): void;
}

export interface SharedServer {
  readonly server: Server;
  renew(leaf: Leaf): void;
  /** Ends what clients keep open. */
  terminate(): void;
}

export interface SharedNames {
  readonly port: number;
  readonly names: readonly string[];
  /** What a reverse proxy passes on. */
  readonly origin?: string | undefined;
  /** The only ones who may come, when there are any. */
  readonly proxies: readonly string[];
}

const recheckMs = 5_000;

interface Open extends SharedServer {
  readonly port: number;
}

/** The listeners that other computers reach, one for each chosen address. The main listener knows nothing of them. */
export class SharedListeners {
  readonly #deps: ListenersDeps;
  readonly #open = new Map<string, Open>();
  readonly #problems = new Map<string, string>();
  #settings: SharingSettings | undefined;
  #leaf: Leaf | undefined;
  #cancel: () => void = () => undefined;
  /** One change after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(deps: ListenersDeps) {
    this.#deps = deps;
  }

  /** Closes everything that is shared now, and opens what these settings say. */
  apply(settings: SharingSettings): Promise<void> {
    return this.#inTurn(async () => {
      await this.#closeAll();
      this.#settings = settings.isOn ? settings : undefined;
      await this.#adjust();
    });
  }

  /** Looks at the network again: for when it changed. */
  recheck(): Promise<void> {
    return this.#inTurn(() => this.#adjust());
  }

  standings(): AddressStanding[] {
    return (this.#settings?.addresses ?? []).map((address) => {
      const port = this.#open.get(address)?.port;
      if (port !== undefined) return { address, state: 'listening', port };
      const problem = this.#problems.get(address);
      return problem === undefined ? { address, state: 'absent' } : { address, state: 'failed', problem };
    });
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      this.#settings = undefined;
      await this.#closeAll();
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #adjust(): Promise<void> {
    this.#cancel();
    const settings = this.#settings;
    if (!settings) return;
    if (await this.#hasLeaf(settings)) await this.#listenAll(settings);
    await this.#deps.localName?.use(settings.localName, [...this.#open.keys()]);
    this.#cancel = this.#deps.clock.after(recheckMs, () => {
      this.recheck().catch((error: unknown) => this.#deps.warn(`Sharing could not be looked after: ${String(error)}`));
    });
  }

  async #listenAll(settings: SharingSettings): Promise<void> {
    const interfaces = (this.#deps.interfaces ?? networkInterfaces)();
    for (const address of settings.addresses) {
      const isThere = isPresent(address, interfaces);
      if (!isThere) await this.#close(address);
      else if (!this.#open.has(address)) await this.#listen(address, settings);
    }
  }

  /** Without a certificate nothing is opened, and what is open goes on with the one it has. */
  async #hasLeaf(settings: SharingSettings): Promise<boolean> {
    try {
      await this.#renew(settings);
      return true;
    } catch (error) {
      const problem = `No certificate could be made for sharing: ${error instanceof Error ? error.message : String(error)}`;
      for (const address of settings.addresses) this.#note(address, problem);
      return false;
    }
  }

  async #renew(settings: SharingSettings): Promise<void> {
    if (settings.encryption !== 'own-authority') {
      this.#leaf = undefined;
      return;
    }
    if (this.#leaf && !this.#deps.authority.isDue(this.#leaf)) return;
    const leaf = await this.#deps.authority.issue([...settings.addresses, ...namesOf(settings)]);
    this.#leaf = leaf;
    for (const { renew } of this.#open.values()) renew(leaf);
  }

  async #listen(address: string, settings: SharingSettings): Promise<void> {
    const { port, encryption, publicUrl } = settings;
    const proxies = encryption === 'proxy' ? settings.proxies : [];
    const bound = { port, names: [address, ...namesOf(settings)], origin: publicUrl, proxies };
    const shared = this.#deps.createServer(this.#leaf, () => bound);
    try {
      bound.port = await listen(shared.server, address, port);
      this.#open.set(address, { ...shared, port: bound.port });
      this.#problems.delete(address);
    } catch (error) {
      this.#note(address, problemOf(error, address, port));
    }
  }

  /** Said once. */
  #note(address: string, problem: string): void {
    if (![...this.#problems.values()].includes(problem)) this.#deps.warn(problem);
    this.#problems.set(address, problem);
  }

  async #closeAll(): Promise<void> {
    this.#cancel();
    await this.#deps.localName?.stop();
    this.#leaf = undefined;
    this.#problems.clear();
    await Promise.all([...this.#open.keys()].map((address) => this.#close(address)));
  }

  async #close(address: string): Promise<void> {
    this.#problems.delete(address);
    const open = this.#open.get(address);
    if (!open) return;
    this.#open.delete(address);
    const closed = new Promise<void>((resolve) => open.server.close(() => resolve()));
    open.terminate();
    open.server.closeAllConnections();
    await closed;
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound ? bound.port : port);
    });
  });
}

function problemOf(error: unknown, address: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is taken by another program. Choose another with --port.`;
  return `Sharing at ${address} does not work: ${error instanceof Error ? error.message : String(error)}.`;
}
