import type { Dispatcher } from 'undici';
import { type DispatcherOptions, Dispatchers, type Waking, type Way } from '../accounts/dispatchers.ts';
import { checkUpstreamAddress } from '../accounts/upstream-address.ts';
import type { UpstreamRequest } from '../providers/provider.ts';
import { Exchange, TransportError, type UpstreamReply } from './exchange.ts';

export interface SendOptions extends Way {
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
  readonly #dispatchers: Dispatchers;

  constructor(limits: TransportLimits, way: Omit<DispatcherOptions, 'connectMs'> = {}) {
    this.#limits = limits;
    this.#dispatchers = new Dispatchers({ ...way, connectMs: limits.connectMs });
  }

  /** Resolves with the answer's head; redirects are answers like any other. Rejects with `TransportError`. */
  send(request: UpstreamRequest, options: SendOptions): Promise<UpstreamReply> {
    const verdict = checkUpstreamAddress(request.origin, { allowLocal: options.allowLocal });
    if (!verdict.allowed) return Promise.reject(new TransportError('connect', verdict.reason));
    const exchange = new Exchange(options.signal);
    try {
      this.#dispatchers.of({ ...options, authority: request.authority }).dispatch(
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

  wake(waking: Waking): void {
    this.#dispatchers.wake(waking);
  }

  async close(): Promise<void> {
    await this.#dispatchers.close();
  }
}
