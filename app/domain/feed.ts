/** Something that happened; later ones have larger numbers, also after a restart. */
export interface Numbered {
  readonly id: number;
}

export interface Missed<Event> {
  readonly events: readonly Event[];
  /** False when some between are not kept here any more. */
  readonly isWhole: boolean;
}

/** What happened lately, and whoever wants to hear what happens next. A listener that throws is its owner's mistake. */
export class Feed<Event extends Numbered> {
  readonly #kept: number;
  readonly #listeners = new Set<(event: Event) => void>();
  #events: Event[] = [];
  #firstKnown = 0;

  /** `kept` events are remembered. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  /** The number of the newest event; 0 before the first. */
  get last(): number {
    return this.#events.at(-1)?.id ?? this.#firstKnown;
  }

  /** What happened before this process began is not here. */
  beginAfter(id: number): void {
    this.#firstKnown = Math.max(this.#firstKnown, id);
  }

  /** One that is not newer than the last is left out. */
  publish(event: Event): void {
    if (event.id <= this.last) return;
    this.#events.push(event);
    if (this.#events.length > this.#kept) {
      const gone = this.#events.length - this.#kept;
      this.#firstKnown = this.#events[gone - 1]?.id ?? this.#firstKnown;
      this.#events = this.#events.slice(gone);
    }
    for (const listener of this.#listeners) listener(event);
  }

  /** Hears every event from now on; answers how to stop. */
  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What happened since the event of that number: for who comes back. */
  after(id: number): Missed<Event> {
    return { events: this.#events.filter((event) => event.id > id), isWhole: id >= this.#firstKnown };
  }
}
