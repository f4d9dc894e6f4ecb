import type { ByteFilter } from '../protocols/protocol.ts';
import type { Received } from './call.ts';

type Wrapped = Pick<Received, 'protocol' | 'route' | 'path'>;

/** A call's request without the wrapper that its route may have. Throws `request-invalid`. */
export function withoutWrapper(call: Wrapped, body: Uint8Array): { readonly body: Uint8Array; readonly path: string } {
  return call.protocol.wrapperOf?.(call.route)?.open(body, call.path) ?? { body, path: call.path };
}

/** One filter after the other. */
export class Chained implements ByteFilter {
  readonly #first: ByteFilter;
  readonly #second: ByteFilter;

  constructor(first: ByteFilter, second: ByteFilter) {
    this.#first = first;
    this.#second = second;
  }

  push(chunk: Uint8Array): Uint8Array {
    return this.#second.push(this.#first.push(chunk));
  }

  end(): Uint8Array {
    return Buffer.concat([this.#second.push(this.#first.end()), this.#second.end()]);
  }
}
