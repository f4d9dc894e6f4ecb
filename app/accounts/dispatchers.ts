import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { isAllowedAddress } from './upstream-address.ts';

/** How an account gets to its upstream. */
export interface Way {
  readonly proxy: string | undefined;
  /** Whether the account's owner allowed an upstream on this computer or its network. */
  readonly allowLocal: boolean;
}

/** Pools of connections, one for each way: checked addresses, and a proxy that fails closed. */
export class Dispatchers {
  readonly #connectMs: number;
  readonly #pools = new Map<string, Dispatcher>();

  constructor(connectMs: number) {
    this.#connectMs = connectMs;
  }

  of({ proxy, allowLocal }: Way): Dispatcher {
    const name = `${allowLocal ? 'local' : 'public'} ${proxy ?? ''}`;
    const known = this.#pools.get(name);
    if (known) return known;
    const made = this.#create(proxy, allowLocal);
    this.#pools.set(name, made);
    return made;
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #create(proxy: string | undefined, allowLocal: boolean): Dispatcher {
    const options = { connectTimeout: this.#connectMs, keepAliveTimeout: 60_000, pipelining: 1 };
    if (proxy === undefined) {
      return new Agent({ ...options, connect: { timeout: this.#connectMs, lookup: checkedLookup(allowLocal) } });
    }
    const url = new URL(proxy);
    if (url.protocol === 'socks5:') return new Socks5ProxyAgent(url, options);
    return new ProxyAgent({ ...options, uri: proxy, proxyTunnel: true });
  }
}

/** Resolves a name and refuses it when any of its addresses is one the account may not reach (DNS rebinding, A17). */
function checkedLookup(allowLocal: boolean): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const refused = addresses.find(({ address }) => !isAllowedAddress(address, allowLocal));
      if (refused) return callback(new Error('its name resolves to a local address'), '', 0);
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? '', first?.family ?? isIP(first?.address ?? ''));
    });
  };
}
