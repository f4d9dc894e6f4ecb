import { Agent, type Dispatcher } from 'undici';
import { checkUpstreamAddress } from '../accounts/upstream-address.ts';
import type { UpstreamRequest } from '../providers/provider.ts';
import { checkedLookup, type LookupAll, lookupOfSystem } from './address-lookup.ts';
import { Exchange, TransportError, type UpstreamReply } from './exchange.ts';
import { tunnelConnector } from './tunnel.ts';

export interface SendOptions {
  readonly proxy: string | undefined;
  /** Whether the account's owner allowed an upstream on this computer or its network. */
  readonly allowLocal: boolean;
  readonly firstByteMs: number;
  readonly signal: AbortSignal;
}

export interface TransportLimits {
  readonly connectMs: number;
  readonly streamIdleMs: number;
}

/** The only way to an upstream: pooled connections, checked addresses, no redirects, a proxy that fails closed. */
export class Transport {
  readonly #limits: TransportLimits;
  readonly #lookup: LookupAll;
  readonly #dispatchers = new Map<string, Dispatcher>();

  constructor(limits: TransportLimits, lookup: LookupAll = lookupOfSystem) {
    this.#limits = limits;
    this.#lookup = lookup;
  }

  /** Resolves with the answer's head; redirects are answers like any other. Rejects with `TransportError`. */
  send(request: UpstreamRequest, options: SendOptions): Promise<UpstreamReply> {
    const verdict = checkUpstreamAddress(request.origin, { allowLocal: options.allowLocal });
    if (!verdict.allowed) return Promise.reject(new TransportError('connect', verdict.reason));
    const exchange = new Exchange(options.signal);
    try {
      this.#dispatcher(options).dispatch(
        {
          origin: request.origin,
          path: request.path,
          method: request.method as Dispatcher.HttpMethod,
          headers: request.headers,
          body: request.body?.length ? request.body : null,
          headersTimeout: options.firstByteMs,
          bodyTimeout: this.#limits.streamIdleMs,
        },
        exchange,
      );
    } catch (error) {
      exchange.fail(error);
    }
    return exchange.head;
  }

  async close(): Promise<void> {
    const dispatchers = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
  }

  #dispatcher({ proxy, allowLocal }: SendOptions): Dispatcher {
    const name = `${allowLocal ? 'local' : 'public'} ${proxy ?? ''}`;
    const known = this.#dispatchers.get(name);
    if (known) return known;
    const made = this.#create(proxy, allowLocal);
    this.#dispatchers.set(name, made);
    return made;
  }

  #create(proxy: string | undefined, allowLocal: boolean): Dispatcher {
    const { connectMs } = this.#limits;
    const rules = { allowLocal, lookup: this.#lookup };
    const connect =
      proxy === undefined
        ? { timeout: connectMs, lookup: checkedLookup(rules) }
        : tunnelConnector(new URL(proxy), { ...rules, connectMs });
    return new Agent({ connectTimeout: connectMs, keepAliveTimeout: 60_000, pipelining: 1, connect });
  }
}
