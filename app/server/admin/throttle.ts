import type { Clock } from '../../domain/clock.ts';
import { AdminError } from './errors.ts';

const windowMs = 60_000;
const maxEach = 10;
const maxTogether = 50;

/** Counts tries to sign in, for each address and for all of them. A try counts from its beginning: many at once are many. */
export class SignInThrottle {
  readonly #clock: Clock;
  readonly #tries = new Map<string, number>();
  #together = 0;
  #since = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws `too-many-tries`. Call the answer when the try was right. */
  begin(address = ''): () => void {
    const now = this.#clock.monotonic();
    if (now - this.#since >= windowMs) {
      this.#since = now;
      this.#together = 0;
      this.#tries.clear();
    }
    const before = this.#tries.get(address) ?? 0;
    if (before >= maxEach || this.#together >= maxTogether) {
      throw new AdminError(
        'too-many-tries',
        'Too many wrong sign-ins. Wait a minute, or make a sign-in link with: waystation open',
      );
    }
    this.#tries.set(address, before + 1);
    this.#together += 1;
    return () => {
      this.#tries.set(address, (this.#tries.get(address) ?? 1) - 1);
      this.#together -= 1;
    };
  }
}
