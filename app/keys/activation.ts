import { RelayError } from '../domain/errors.ts';
import { StoreBusy } from '../store/store.ts';
import { type ApiKey, endOf } from './key.ts';
import type { KeyRepository } from './repository.ts';

/** Starts lifetimes: the first use is durable before its call is served, and calls at the same time share one write. */
export class KeyActivation {
  readonly #repository: Pick<KeyRepository, 'activate'>;
  readonly #pending = new Map<string, Promise<ApiKey | undefined>>();

  constructor(repository: Pick<KeyRepository, 'activate'>) {
    this.#repository = repository;
  }

  /** Throws `key-invalid`, `key-expired`, `overloaded`. */
  async begin({ id }: ApiKey, at: number): Promise<void> {
    const pending = this.#pending.get(id) ?? this.#write(id, at);
    const key = await pending;
    if (!key) throw new RelayError('key-invalid', 'This Waystation key was removed.');
    // Another node may have begun it long ago.
    if ((endOf(key) ?? Number.POSITIVE_INFINITY) <= at) {
      throw new RelayError(
        'key-expired',
        'This Waystation key has expired. Ask its owner for a new one, or redeem a top-up code with time: POST /v1/top-up.',
      );
    }
  }

  #write(id: string, at: number): Promise<ApiKey | undefined> {
    const written = this.#repository
      .activate(id, at)
      .catch((error: unknown) => {
        if (!(error instanceof StoreBusy)) throw error;
        const message = 'Waystation cannot write down the first use of this key now; try again shortly.';
        throw new RelayError('overloaded', message, { retryAfterMs: 2_000, cause: error });
      })
      .finally(() => this.#pending.delete(id));
    this.#pending.set(id, written);
    return written;
  }
}

/** Whether the next use starts its lifetime. */
export function isDormant({ lifetimeMs, activatedAt }: ApiKey): boolean {
  return lifetimeMs !== undefined && activatedAt === undefined;
}
