import type { Clock } from '../domain/clock.ts';

export interface CaptureState {
  readonly isOn: boolean;
  /** When it ends by itself; null while it is off. */
  readonly until: number | null;
  /** How many more calls; null when only the time ends it. */
  readonly callsLeft: number | null;
}

export interface CaptureTerm {
  readonly forMs: number;
  readonly calls?: number | undefined;
}

const off: CaptureState = { isOn: false, until: null, callsLeft: null };

/** Whether what calls say is kept now. Off at every start, and never on without an end. */
export class CaptureSwitch {
  readonly #clock: Clock;
  #state = off;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** All that a call is asked while it is off. */
  get isOn(): boolean {
    return this.#state.isOn;
  }

  get state(): CaptureState {
    this.#endInTime();
    return this.#state;
  }

  turnOn({ forMs, calls }: CaptureTerm): CaptureState {
    this.turnOff();
    this.#state = { isOn: true, until: this.#clock.now() + forMs, callsLeft: calls ?? null };
    this.#cancel = this.#clock.after(forMs, () => this.turnOff());
    return this.#state;
  }

  turnOff(): void {
    this.#cancel();
    this.#state = off;
  }

  /** Whether a call that begins now is one of those that are kept; it counts as one. */
  take(): boolean {
    this.#endInTime();
    const { isOn, callsLeft } = this.#state;
    if (!isOn) return false;
    if (callsLeft === null) return true;
    if (callsLeft <= 1) this.turnOff();
    else this.#state = { ...this.#state, callsLeft: callsLeft - 1 };
    return true;
  }

  /** A timer stands still while the computer sleeps; the time of day does not. */
  #endInTime(): void {
    const { until } = this.#state;
    if (until !== null && this.#clock.now() >= until) this.turnOff();
  }
}
