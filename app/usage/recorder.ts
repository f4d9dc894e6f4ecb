import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../domain/clock.ts';
import { insertSql } from '../store/insert-sql.ts';
import { type InsertRow, type Statement, type Store, StoreBusy } from '../store/store.ts';
import { Journal } from './journal.ts';
import { attemptLine, type OpenedCall, openedLine, rowLine, type SpooledRow } from './journal-lines.ts';
import type { PriceTable } from './prices.ts';
import type { CallRecord } from './record.ts';
import { findLeftover, findSettled } from './recovery.ts';
import { toRow, toValues, type UsageRow, usageColumns } from './row.ts';
import { type ReadBeside, Spool } from './spool.ts';

export interface RecorderOptions {
  readonly store: Store;
  readonly prices: PriceTable;
  /** For the journal; nothing else may be in it. */
  readonly folder: string;
  readonly clock: Clock;
  warn(message: string): void;
}

/** For the answer of a database elsewhere. */
const patienceMs = 500;

/**
 * One durable row for each call, also when the process is killed in the middle of it or the database is busy at its end.
 * A call is written to the journal before its first try and to SQL when it settles; a start turns what the journal has
 * and SQL has not into rows.
 */
export class UsageRecorder {
  readonly #store: Store;
  readonly #prices: PriceTable;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #insert: InsertRow;
  readonly #insertText: string;
  readonly #journal: Journal;
  readonly #spool: Spool;
  readonly #refusedFile: string;
  readonly #caughtUp = new Set<(keyIds: ReadonlySet<string>) => void>();
  /** Journal lines of the calls on their way. */
  readonly #open = new Map<string, string>();

  static async open(options: RecorderOptions): Promise<UsageRecorder> {
    const recorder = new UsageRecorder(options);
    await recorder.#recover();
    return recorder;
  }

  private constructor({ store, prices, folder, clock, warn }: RecorderOptions) {
    this.#store = store;
    this.#prices = prices;
    this.#clock = clock;
    this.#warn = warn;
    this.#refusedFile = join(folder, 'refused.jsonl');
    this.#insert = store.prepareInsert('usage', usageColumns, { onConflict: 'ignore' });
    this.#insertText = insertSql(
      { table: 'usage', columns: usageColumns },
      (position) => (store.engine === 'postgres' ? `$${position}` : '?'),
      { onConflict: 'ignore' },
    );
    this.#journal = Journal.open({ folder, clock, warn, liveLines: () => [...this.#open.values()].join('') });
    this.#spool = new Spool({
      ...{ journal: this.#journal, clock, warn },
      write: (rows) => this.#write(rows),
      settled: (requestIds) => findSettled(requestIds, store),
      refuse: (spooled, error) => this.#refuse(spooled, error),
      emptied: (keyIds) => {
        this.#journal.rotate();
        for (const listener of this.#caughtUp) listener(keyIds);
      },
    });
  }

  /** Before the first try of a call: from here on it will have a row, whatever happens. */
  opened(call: OpenedCall): void {
    if (this.#open.has(call.requestId)) return;
    const line = openedLine(call);
    this.#open.set(call.requestId, line);
    this.#journal.append(line);
  }

  /** Before each try, so that a killed call counts as having consumed its input. */
  attempting(requestId: string, accountId: string): void {
    const lines = this.#open.get(requestId);
    if (lines === undefined) return;
    const line = attemptLine({ requestId, accountId, startedAt: this.#clock.now() });
    this.#open.set(requestId, lines + line);
    this.#journal.append(line);
  }

  /** Durable when it returns or resolves. A call settles once: a second record of it changes nothing. */
  record(call: CallRecord, extra: readonly Statement[] = []): void | Promise<void> {
    const row = toRow(call, this.#prices);
    if (this.#spool.rows > 0) return this.#keep({ row, extra });
    try {
      const written = extra.length > 0 ? this.#write([{ row, extra }]) : this.#insert(toValues(row));
      if (written instanceof Promise) return this.#finish(written, { row, extra });
      this.#open.delete(row.request_id);
    } catch (error) {
      this.#keep({ row, extra }, error);
    }
  }

  /** The journal is full of rows that SQL does not take: new calls must be refused. */
  isSaturated(): boolean {
    return this.#spool.isFull;
  }

  /** Settled calls that SQL does not have yet. */
  pendingRows(): number {
    return this.#spool.rows;
  }

  /** Called when everything that waited is in the database, with the keys whose calls they were. */
  onCaughtUp(listener: (keyIds: ReadonlySet<string>) => void): void {
    this.#caughtUp.add(listener);
  }

  /** Reads what is stored, together with what the calls came to that the database does not have yet. */
  readBeside<Stored>(read: () => Promise<Stored>): Promise<ReadBeside<Stored>> {
    return this.#spool.readBeside(read);
  }

  /** Writes what waits if it can; what it cannot stays in the journal for the next start. */
  async close(): Promise<void> {
    await this.#spool.close();
    const lost = this.#spool.rowsInMemory;
    if (lost > 0)
      this.#warn(`${counted(lost)} accepted neither by the database nor by the journal: missing from usage`);
    this.#journal.close(this.#spool.rows > 0 || this.#open.size > 0);
  }

  async #recover(): Promise<void> {
    const files = this.#journal.leftovers();
    for (const file of files) file.pins += 1;
    const { rows, interrupted } = await findLeftover(files, this.#store, this.#warn);
    for (const place of rows) this.#spool.addPlaced(place);
    for (const call of interrupted) this.#spool.add({ row: toRow(call, this.#prices), extra: [] });
    for (const file of files) file.pins -= 1;
    if (interrupted.length > 0) this.#warn(interruptedSentence(interrupted.length));
    if (files.length > 0) this.#journal.rotate();
    await this.#spool.drain();
  }

  async #finish(written: Promise<unknown>, spooled: SpooledRow): Promise<void> {
    try {
      if (await this.#isInTime(written)) this.#open.delete(spooled.row.request_id);
      else this.#keep(spooled, new StoreBusy('slow', { mayHaveHappened: true }));
    } catch (error) {
      this.#keep(spooled, error);
    }
  }

  /** A call does not wait for a database that does not answer: the journal has its row as safely. */
  async #isInTime(written: Promise<unknown>): Promise<boolean> {
    const { promise: tooLate, resolve } = Promise.withResolvers<false>();
    const cancel = this.#clock.after(patienceMs, () => resolve(false));
    try {
      return await Promise.race([written.then(() => true), tooLate]);
    } finally {
      cancel();
    }
  }

  #keep(spooled: SpooledRow, error?: unknown): void {
    const isBusy = error instanceof StoreBusy;
    if (error !== undefined && !isBusy) this.#warn(`Usage could not be written: ${String(error)}`);
    this.#spool.add(spooled, { mayBeStored: isBusy && error.mayHaveHappened });
    this.#open.delete(spooled.row.request_id);
  }

  #write(rows: readonly SpooledRow[]): Promise<void> {
    const statements = rows.flatMap(({ row, extra }) => [this.#insertStatement(row), ...extra]);
    return this.#store.write(statements, { waitMs: 0 });
  }

  #insertStatement(row: UsageRow): Statement {
    return { sql: this.#insertText, parameters: toValues(row) };
  }

  #refuse(spooled: SpooledRow, error: unknown): void {
    this.#warn(
      `The database refuses the usage of ${spooled.row.request_id} (${String(error)}); it is in ${this.#refusedFile}`,
    );
    try {
      appendFileSync(this.#refusedFile, rowLine(spooled), { mode: 0o600 });
    } catch (cause) {
      this.#warn(`It cannot be kept there either: ${String(cause)}`);
    }
  }
}

function counted(count: number): string {
  return `${count} call${count === 1 ? ' was' : 's were'}`;
}

function interruptedSentence(count: number): string {
  return `${counted(count)} under way when Waystation ended: recorded as aborted`;
}
