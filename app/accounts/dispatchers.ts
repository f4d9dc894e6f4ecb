import { Agent, type Dispatcher } from 'undici';
import { checkedLookup, type LookupAll, lookupOfSystem } from './address-lookup.ts';
import { tunnelConnector } from './tunnel/connector.ts';

/** How an account gets to its upstream. */
export interface Way {
  readonly proxy: string | undefined;
  /** Whether the account's owner allowed an upstream on this computer or its network. */
  readonly allowLocal: boolean;
}

/** Pools of connections, one for each way: checked addresses, and a proxy that fails closed. */
export class Dispatchers {
  readonly #connectMs: number;
  readonly #lookup: LookupAll;
  readonly #pools = new Map<string, Dispatcher>();

  constructor(connectMs: number, lookup: LookupAll = lookupOfSystem) {
    this.#connectMs = connectMs;
    this.#lookup = lookup;
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
    const connectMs = this.#connectMs;
    const rules = { allowLocal, lookup: this.#lookup };
    const connect =
      proxy === undefined
        ? { timeout: connectMs, lookup: checkedLookup(rules) }
        : tunnelConnector(new URL(proxy), { ...rules, connectMs });
    return new Agent({ connectTimeout: connectMs, keepAliveTimeout: 60_000, pipelining: 1, connect });
  }
}
