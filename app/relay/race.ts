import type { Reply, Tail } from './call.ts';
import { TransportError } from './exchange.ts';

/** Tries that one call has on their way at a time, and which of them has won. */
export class Race {
  readonly signal: AbortSignal;
  readonly reply: Reply;
  readonly #lanes: Lane[] = [];
  #winner: Lane | undefined;

  constructor(signal: AbortSignal, reply: Reply) {
    this.signal = signal;
    this.reply = reply;
  }

  get isWon(): boolean {
    return this.#winner !== undefined;
  }

  enter(): Lane {
    const lane = new Lane(this);
    this.#lanes.push(lane);
    return lane;
  }

  /** Whether this one is, or becomes, the one that serves. */
  claim(lane: Lane): boolean {
    if (this.#winner === undefined) {
      this.#winner = lane;
      this.cancelOthers();
    }
    return this.#winner === lane;
  }

  /** Ends all but the winner. */
  cancelOthers(): void {
    for (const lane of this.#lanes) if (lane !== this.#winner) lane.cancel();
  }
}

/** The client as one of several tries sees it: the first that begins has it. */
export class Lane implements Reply {
  /** Aborted when the client leaves or another try has won. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #race: Race;

  constructor(race: Race) {
    this.#race = race;
    this.signal = AbortSignal.any([race.signal, this.#controller.signal]);
  }

  get hasBegun(): boolean {
    return this.#race.reply.hasBegun;
  }

  announce(headers: Readonly<Record<string, string>>): void {
    this.#race.reply.announce(headers);
  }

  begin(status: number, headers: Record<string, string>): void {
    if (!this.#race.claim(this)) throw new TransportError('stream', 'another try had content first');
    this.#race.reply.begin(status, headers);
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    return this.#race.reply.write(chunk);
  }

  finish(tail: Tail): void {
    this.#race.reply.finish(tail);
  }

  cancel(): void {
    this.#controller.abort();
  }
}
