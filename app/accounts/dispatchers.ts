import type { Socket } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { checkedLookup, type LookupAll, lookupOfSystem } from './address-lookup.ts';
import { tunnelConnector } from './tunnel/connector.ts';

/** How an account gets to its upstream. */
export interface Way {
  readonly proxy: string | undefined;
  /** Whether the account's owner allowed an upstream on this computer or its network. */
  readonly allowLocal: boolean;
  /** The only authority that is trusted there, in PEM. */
  readonly authority?: string | undefined;
}

/** What a computer that slept, or changed its network, leaves behind: connections that look open and are not. */
export type Waking =
  | { readonly kind: 'slept'; readonly ms: number }
  /** The addresses that this computer has now. */
  | { readonly kind: 'network-changed'; readonly addresses: readonly string[] };

/** Upstreams and the routers between give a silent connection up; a shorter sleep may leave it whole. */
const longSleepMs = 10_000;

export interface DispatcherOptions {
  readonly connectMs: number;
  readonly lookup?: LookupAll | undefined;
  /** For ways without a proxy that lead to the internet; throws when there is one that cannot be had. */
  readonly commonProxy?: (() => string | undefined) | undefined;
}

/** Pools of connections, one for each way: checked addresses, and a proxy that fails closed. */
export class Dispatchers {
  readonly #connectMs: number;
  readonly #lookup: LookupAll;
  readonly #commonProxy: () => string | undefined;
  readonly #pools = new Map<string, Dispatcher>();
  /** Those that only end what they have begun. */
  readonly #leaving = new Set<Dispatcher>();
  readonly #sockets = new Set<Socket>();

  constructor({ connectMs, lookup = lookupOfSystem, commonProxy = () => undefined }: DispatcherOptions) {
    this.#connectMs = connectMs;
    this.#lookup = lookup;
    this.#commonProxy = commonProxy;
  }

  of(given: Way): Dispatcher {
    const { allowLocal, authority } = given;
    // What is on this computer or its network is no way for a proxy to the internet.
    const proxy = given.proxy ?? (allowLocal ? undefined : this.#commonProxy());
    const way = { ...given, proxy };
    const name = `${allowLocal ? 'local' : 'public'} ${proxy ?? ''} ${authority ?? ''}`;
    const known = this.#pools.get(name);
    if (known) return known;
    const made = this.#create(way);
    this.#pools.set(name, made);
    return made;
  }

  /** New calls get new connections. What is under way is ended where it cannot go on: its caller must not wait for that. */
  wake(waking: Waking): void {
    for (const pool of this.#pools.values()) this.#leave(pool);
    this.#pools.clear();
    for (const socket of this.#sockets) {
      if (isStale(socket, waking)) socket.destroy(new Error('the connection was lost while this computer was away'));
    }
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values(), ...this.#leaving];
    this.#pools.clear();
    this.#leaving.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #leave(pool: Dispatcher): void {
    this.#leaving.add(pool);
    const gone = () => this.#leaving.delete(pool);
    // One that was destroyed meanwhile has nothing left to end.
    pool.close().then(gone, gone);
  }

  #create({ proxy, allowLocal, authority: ca }: Way): Dispatcher {
    const connectMs = this.#connectMs;
    const rules = { allowLocal, lookup: this.#lookup };
    const connector =
      proxy === undefined
        ? buildConnector({ timeout: connectMs, lookup: checkedLookup(rules), ...(ca !== undefined && { ca }) })
        : tunnelConnector(new URL(proxy), { ...rules, connectMs, ca });
    const connect = this.#followed(connector);
    return new Agent({ connectTimeout: connectMs, keepAliveTimeout: 60_000, pipelining: 1, connect });
  }

  #followed(connector: buildConnector.connector): buildConnector.connector {
    return (wanted, callback) =>
      connector(wanted, (...result) => {
        const [, socket] = result;
        if (socket) {
          this.#sockets.add(socket);
          socket.once('close', () => this.#sockets.delete(socket));
        }
        callback(...result);
      });
  }
}

function isStale({ localAddress }: Socket, waking: Waking): boolean {
  if (waking.kind === 'slept') return waking.ms >= longSleepMs;
  return localAddress !== undefined && !waking.addresses.includes(localAddress);
}
