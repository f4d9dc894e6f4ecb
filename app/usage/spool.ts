import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { isDiskFull } from '../store/disk-full.ts';
import { StoreBusy } from '../store/store.ts';
import type { Journal } from './journal.ts';
import type { Place } from './journal-file.ts';
import { parseLine, rowLine, type SpooledRow } from './journal-lines.ts';
import { isRefusal } from './refusal.ts';
import { type CallSpending, spendingOf } from './spending.ts';

export interface SpoolDeps {
  readonly journal: Journal;
  readonly clock: Clock;
  /** All or nothing; a row that SQL has already is left as it is. */
  write(rows: readonly SpooledRow[]): Promise<void>;
  /** Which of these calls SQL has. */
  settled(requestIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** For a row that SQL will never take. */
  refuse(spooled: SpooledRow, error: unknown): void;
  warn(message: string): void;
  /** Every row was written; these keys made those that had waited. */
  emptied(keyIds: ReadonlySet<string>): void;
}

/** In the journal when it took the line, else in memory. */
type Waiting = ({ readonly place: Place } | { readonly spooled: SpooledRow; readonly bytes: number }) & {
  /** Undefined for a row of the run before, which is read when somebody asks. */
  readonly spending: CallSpending | undefined;
  /** SQL may have the row: the answer to its writing did not come. */
  readonly isDoubtful: boolean;
};

/** What was read, and what the calls came to that wait: no call is in both, and none in neither. */
export interface ReadBeside<Stored> {
  readonly stored: Stored;
  readonly waiting: readonly CallSpending[];
}

const maxJournalBytes = 64 * 1024 * 1024;
const maxMemoryRows = 2_000;
const maxMemoryBytes = 4 * 1024 * 1024;
const batchRows = 100;
const firstDelayMs = 5;
const longestDelayMs = 1_000;
const maxReads = 5;

/** Settled calls that SQL could not take yet, in their order, and the loop that writes them. */
export class Spool {
  readonly #deps: SpoolDeps;
  #waiting: Waiting[] = [];
  #journalBytes = 0;
  #memoryRows = 0;
  #memoryBytes = 0;
  #delayMs = firstDelayMs;
  #draining: Promise<void> | undefined;
  #drains = 0;
  /** Of rows that were written since it was last empty. */
  #keyIds = new Set<string>();
  #cancelNext: (() => void) | undefined;
  #isStuck = false;
  #isDiskFull = false;
  #lastWarning = '';
  #isClosed = false;

  constructor(deps: SpoolDeps) {
    this.#deps = deps;
  }

  get rows(): number {
    return this.#waiting.length;
  }

  /** Of them, those that a crash would lose: the journal did not take them either. */
  get rowsInMemory(): number {
    return this.#memoryRows;
  }

  /** New calls must wait; those on their way are still taken. */
  get isFull(): boolean {
    return (
      this.#journalBytes >= maxJournalBytes || this.#memoryRows >= maxMemoryRows || this.#memoryBytes >= maxMemoryBytes
    );
  }

  /** Durable when it returns, as long as the journal can be written. */
  add(spooled: SpooledRow, { mayBeStored = false } = {}): void {
    const known = { spending: spendingOf(spooled.row), isDoubtful: mayBeStored };
    const line = rowLine(spooled);
    const place = this.#deps.journal.append(line);
    if (place) this.#pin(place);
    else this.#count(1, line.length);
    this.#waiting.push(place ? { place, ...known } : { spooled, bytes: line.length, ...known });
    this.#schedule();
  }

  /** A row whose line the journal has already. */
  addPlaced(place: Place): void {
    this.#pin(place);
    this.#waiting.push({ place, spending: undefined, isDoubtful: true });
    this.#schedule();
  }

  /** Reads from SQL while no call goes there from here. */
  async readBeside<Stored>(read: () => Promise<Stored>): Promise<ReadBeside<Stored>> {
    for (let round = 1; ; round += 1) {
      await this.#draining;
      const [waiting, drains] = [[...this.#waiting], this.#drains];
      const doubtful = this.#doubtfulOf(waiting);
      const before = await this.#settledOf(doubtful);
      const stored = await read();
      const after = await this.#settledOf(doubtful);
      const isSettled = this.#drains === drains && before.size === after.size;
      if (waiting.length > 0 && !isSettled && round < maxReads) continue;
      const missing = waiting.filter((one) => !after.has(doubtful.get(one) ?? ''));
      return { stored, waiting: missing.flatMap((one) => this.#spendingOf(one) ?? []) };
    }
  }

  /** Writes what waits until nothing does or the database is busy. */
  drain(): Promise<void> {
    if (this.#draining === undefined) this.#drains += 1;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
      if (this.#waiting.length > 0) this.#schedule();
    });
    return this.#draining;
  }

  /** One last try; what still waits stays in the journal for the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelNext?.();
    await this.drain();
  }

  /** The calls of rows whose writing was not answered. */
  #doubtfulOf(waiting: readonly Waiting[]): ReadonlyMap<Waiting, string> {
    const doubtful = waiting.filter(({ isDoubtful }) => isDoubtful);
    return new Map(doubtful.map((one) => [one, this.#load(one)?.row.request_id ?? '']));
  }

  async #settledOf(doubtful: ReadonlyMap<Waiting, string>): Promise<ReadonlySet<string>> {
    return doubtful.size === 0 ? new Set() : await this.#deps.settled([...doubtful.values()]);
  }

  #pin(place: Place): void {
    place.file.pins += 1;
    this.#journalBytes += place.length;
  }

  /** What only memory has. */
  #count(rows: 1 | -1, bytes: number): void {
    this.#memoryRows += rows;
    this.#memoryBytes += rows * bytes;
  }

  #schedule(): void {
    if (this.#cancelNext || this.#draining || this.#isClosed) return;
    this.#cancelNext = this.#deps.clock.after(this.#delayMs, () => {
      this.#cancelNext = undefined;
      void this.drain();
    });
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
  }

  async #drain(): Promise<void> {
    if (this.#waiting.length === 0) return;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, batchRows);
      const rows = batch.map((waiting) => this.#load(waiting)).filter((row) => row !== undefined);
      if (!(await this.#writeAll(rows))) {
        this.#doubt(batch.length);
        this.#save();
        this.#stick();
        return;
      }
      for (const { row } of rows) if (row.key_id !== null) this.#keyIds.add(row.key_id);
      this.#forget(batch);
      await nextTurn();
    }
    this.#delayMs = firstDelayMs;
    if (this.#isStuck) this.#deps.warn('The database takes usage again: every call is written');
    this.#isStuck = false;
    this.#lastWarning = '';
    this.#deps.emptied(this.#keyIds);
    this.#keyIds = new Set();
  }

  #doubt(count: number): void {
    this.#waiting = this.#waiting.map((one, index) => (index < count ? { ...one, isDoubtful: true } : one));
  }

  /** A lock of a moment is not worth a word. */
  #stick(): void {
    if (this.#isStuck || this.#delayMs < longestDelayMs) return;
    this.#deps.warn(
      this.#isDiskFull
        ? 'The disk is full: usage waits until there is room'
        : 'The database is busy: usage waits in the journal until it is free',
    );
    this.#isStuck = true;
  }

  /** What only memory has goes to the journal once that can be written again. */
  #save(): void {
    if (this.#memoryRows > 0) this.#waiting = this.#waiting.map((waiting) => this.#saved(waiting));
  }

  #saved(waiting: Waiting): Waiting {
    if ('place' in waiting) return waiting;
    const place = this.#deps.journal.append(rowLine(waiting.spooled));
    if (!place) return waiting;
    this.#count(-1, waiting.bytes);
    this.#pin(place);
    const { spending, isDoubtful } = waiting;
    return { place, spending, isDoubtful };
  }

  /** False when the database must be tried again later. */
  async #writeAll(rows: readonly SpooledRow[]): Promise<boolean> {
    const error = await this.#try(rows);
    if (error === undefined) return true;
    if (!isRefusal(error)) return false;
    for (const row of rows) {
      if (!(await this.#writeOne(row))) return false;
    }
    return true;
  }

  /** A row goes without its other statements rather than not at all. */
  async #writeOne(spooled: SpooledRow): Promise<boolean> {
    for (const candidate of [spooled, { row: spooled.row, extra: [] }]) {
      const error = await this.#try([candidate]);
      if (error === undefined) return true;
      if (!isRefusal(error)) return false;
      if (candidate !== spooled) this.#deps.refuse(spooled, error);
    }
    return true;
  }

  async #try(rows: readonly SpooledRow[]): Promise<unknown> {
    try {
      await this.#deps.write(rows);
      return undefined;
    } catch (error) {
      this.#isDiskFull = error instanceof StoreBusy && isDiskFull(error.cause);
      if (!(error instanceof StoreBusy)) this.#warnOnce(`Usage could not be written: ${String(error)}`);
      return error;
    }
  }

  /** The loop meets the same error again and again. */
  #warnOnce(message: string): void {
    if (message !== this.#lastWarning) this.#deps.warn(message);
    this.#lastWarning = message;
  }

  #spendingOf(waiting: Waiting): CallSpending | undefined {
    if (waiting.spending) return waiting.spending;
    const spooled = this.#load(waiting);
    return spooled && spendingOf(spooled.row);
  }

  #load(waiting: Waiting): SpooledRow | undefined {
    if ('spooled' in waiting) return waiting.spooled;
    const parsed = parseLine(waiting.place.file.read(waiting.place));
    if (parsed?.kind === 'row') return parsed.spooled;
    this.#deps.warn('A line of the usage journal cannot be read back');
    return undefined;
  }

  #forget(batch: readonly Waiting[]): void {
    this.#waiting = this.#waiting.slice(batch.length);
    for (const waiting of batch) {
      if ('place' in waiting) {
        waiting.place.file.pins -= 1;
        this.#journalBytes -= waiting.place.length;
      } else {
        this.#count(-1, waiting.bytes);
      }
    }
  }
}
