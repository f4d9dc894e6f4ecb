import type { Clock } from '../app/domain/clock.ts';
import type { HostedRelay } from './relay-host.ts';

type Waking = Parameters<HostedRelay['wake']>[0];

export interface WakingDeps {
  readonly clock: Clock;
  /** Every address that this computer has now. */
  addresses(): readonly string[];
  wake(waking: Waking): void;
}

const lookMs = 5_000;

/** Tells the relay when the computer slept and when its network is another one. */
export class WakeWatch {
  readonly #deps: WakingDeps;
  #known: string;
  #sleptAt: number | undefined;
  #cancel: () => void = () => undefined;

  constructor(deps: WakingDeps) {
    this.#deps = deps;
    this.#known = nameOf(deps.addresses());
    this.#schedule();
  }

  /** The system says so before it sleeps. */
  fellAsleep(): void {
    this.#sleptAt = this.#deps.clock.now();
  }

  /** Durations stand still in a sleep: only the wall clock knows how long it was. One that was not told was long. */
  woke(): void {
    const { clock, wake } = this.#deps;
    const ms = this.#sleptAt === undefined ? Number.MAX_SAFE_INTEGER : Math.max(0, clock.now() - this.#sleptAt);
    this.#sleptAt = undefined;
    wake({ kind: 'slept', ms });
    this.#look();
  }

  stop(): void {
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#deps.clock.after(lookMs, () => this.#look());
  }

  #look(): void {
    this.#cancel();
    const addresses = this.#deps.addresses();
    const name = nameOf(addresses);
    const isOther = name !== this.#known;
    this.#known = name;
    if (isOther) this.#deps.wake({ kind: 'network-changed', addresses });
    this.#schedule();
  }
}

function nameOf(addresses: readonly string[]): string {
  return addresses.toSorted().join(' ');
}
