import { readFileSync } from 'node:fs';
import { noUsage } from '../../domain/usage.ts';
import { type InsertRow, type Store, StoreBusy } from '../../store/store.ts';
import type { OpenedCall } from '../journal-lines.ts';
import { loadPrices, type PriceTable } from '../prices.ts';
import type { CallRecord } from '../record.ts';

const pricesFile = new URL('../../../resources/prices.json', import.meta.url);

export function bundledPrices(): PriceTable {
  return loadPrices(JSON.parse(readFileSync(pricesFile, 'utf8')));
}

export const startedAt = 1_790_000_000_000;

export function openedCall(requestId: string, changes: Partial<OpenedCall> = {}): OpenedCall {
  return {
    ...{ requestId, startedAt, keyId: 'key_1', protocol: 'anthropic', route: '/v1/messages' },
    ...{ model: 'claude-opus-5-5', session: 'session-digest', requestBytes: 4_001 },
    ...changes,
  };
}

/** A completed call of 1,000 input and 500 output tokens: $0.014. */
export function settledCall(requestId: string, changes: Partial<CallRecord> = {}): CallRecord {
  return {
    ...{ requestId, startedAt, durationMs: 1_200.4, firstByteMs: 300.6, keyId: 'key_1', accountId: 'acc_1' },
    ...{ protocol: 'anthropic', route: '/v1/messages', model: 'claude-opus-5-5' },
    ...{ status: 'completed', httpStatus: 200 },
    usage: { ...noUsage, basis: 'reported', inputTokens: 1_000, outputTokens: 500 },
    attempts: [{ accountId: 'acc_1', startedAt, durationMs: 1_100, status: 200 }],
    explanation: { sticky: 'none', verdicts: [{ accountId: 'acc_1', rank: 0, priority: 50, load: 0 }] },
    session: 'session-digest',
    userAgent: 'test/1.0',
    ...changes,
  };
}

/** What an entry says of the classes that most calls do not have. */
export const noOtherClasses = {
  ...{ audioInputTokens: 0, audioCacheReadTokens: 0, audioOutputTokens: 0, imageInputTokens: 0, imageOutputTokens: 0 },
  ...{ images: 0, toolRequests: {}, serviceTier: null, speed: null, inferenceGeo: null, servedModel: null },
  anomalies: [],
};

export interface StoreSwitch {
  readonly store: Store;
  /** What every write throws from now on; undefined lets them through. */
  failWith(error: Error | undefined): void;
  /** Refuses the rows of one request only, as a constraint would. */
  refuse(requestId: string): void;
}

export const busy = new StoreBusy(new Error('somebody writes'));

/** A real store whose writes can be made to fail. */
export function switchable(real: Store): StoreSwitch {
  let failure: Error | undefined;
  let refused: string | undefined;
  const check = (parameters: readonly unknown[]): void => {
    if (failure) throw failure;
    if (refused !== undefined && parameters.includes(refused)) {
      throw Object.assign(new Error('constraint failed'), { code: 'SQLITE_CONSTRAINT_CHECK' });
    }
  };
  const store: Store = {
    engine: real.engine,
    db: real.db,
    async write(statements, options) {
      for (const { parameters } of statements) check(parameters);
      await real.write(statements, options);
    },
    prepareInsert(...given): InsertRow {
      const insert = real.prepareInsert(...given);
      return (values) => {
        check(values);
        return insert(values);
      };
    },
    audited: (change, work) => real.audited(change, work),
    close: () => real.close(),
  };
  return {
    store,
    failWith: (error) => {
      failure = error;
    },
    refuse: (requestId) => {
      refused = requestId;
    },
  };
}
