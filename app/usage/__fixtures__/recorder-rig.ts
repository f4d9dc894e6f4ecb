import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { openStore } from '../../store/open.ts';
import type { Statement, Store } from '../../store/store.ts';
import type { CallRecord } from '../record.ts';
import { UsageRecorder } from '../recorder.ts';
import { type UsageEntry, UsageRepository } from '../repository.ts';
import { bundledPrices, type StoreSwitch, switchable } from './calls.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

/** For what comes as soon as the processors are free. */
export const patience = { timeout: 30_000 };

export const prices = bundledPrices();

/** A recorder on a real database in memory, in a world that the test moves. */
export class RecorderRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'waystation-recorder-'));
  readonly clock: ManualClock = manualClock();
  readonly warnings: string[] = [];
  readonly real: Store;
  readonly database: StoreSwitch;
  #recorder: UsageRecorder | undefined;

  static async open(): Promise<RecorderRig> {
    const rig = new RecorderRig(await openStore({ engine: 'sqlite', file: ':memory:' }));
    rig.recorder = await rig.open();
    return rig;
  }

  private constructor(real: Store) {
    this.real = real;
    this.database = switchable(real);
  }

  get recorder(): UsageRecorder {
    if (!this.#recorder) throw new Error('not open');
    return this.#recorder;
  }

  set recorder(recorder: UsageRecorder) {
    this.#recorder = recorder;
  }

  /** Another recorder on the same journal: what the next start sees, the one before having been killed. */
  open(folder = this.folder): Promise<UsageRecorder> {
    const warn = (message: string) => this.warnings.push(message);
    return UsageRecorder.open({ store: this.database.store, prices, folder, clock: this.clock, warn });
  }

  async close(): Promise<void> {
    await this.recorder.close();
    await this.real.close();
    rmSync(this.folder, { recursive: true });
  }

  /** On SQLite a call is settled when `record` returns; only other statements make it a promise. */
  settle(call: CallRecord, target = this.recorder): void {
    expect(target.record(call)).toBeUndefined();
  }

  rows(): Promise<UsageEntry[]> {
    return new UsageRepository(this.real).list({ limit: 10_000 });
  }

  async idsAsWritten(): Promise<string[]> {
    const found = await this.real.db.selectFrom('usage').select('request_id').execute();
    return found.map((row) => row.request_id);
  }

  async settingNames(): Promise<string[]> {
    return (await this.real.db.selectFrom('settings').select('name').execute()).map(({ name }) => name);
  }

  journalFiles(): string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith('.journal'));
  }

  async untilWritten(target = this.recorder): Promise<void> {
    await vi.waitFor(
      () => {
        this.clock.advance(10);
        expect(target.pendingRows()).toBe(0);
      },
      { ...patience, interval: 1 },
    );
  }
}

/** A statement that stands for an account's health. */
export function setting(name: string): Statement {
  return { sql: 'insert into settings (name, value) values (?, ?)', parameters: [name, 'x'] };
}
