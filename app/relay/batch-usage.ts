import { hash } from 'node:crypto';
import type { BatchResult } from '../protocols/protocol.ts';
import type { CallRecord } from '../usage/record.ts';
import type { Planned } from './call.ts';

/** Routes that make batches known: directly, or by telling which file holds their results. */
const batchRoutes: ReadonlySet<string> = new Set(['message-batches', 'openai-batches']);

/** So many rows are written before other calls get their turn. */
const rowsAtOnce = 200;

export interface BatchUsageDeps {
  record(call: CallRecord): void | Promise<void>;
}

/**
 * Creating a batch costs nothing at once; what its results consumed is counted when they are first fetched whole, a row for
 * each. A row's id is made from the batch and the request, so fetching them again changes nothing. Results of a batch that
 * this key did not make through here are not its cost.
 */
export async function recordBatch(
  deps: BatchUsageDeps,
  { call, record }: { readonly call: Planned; readonly record: CallRecord },
  results: readonly BatchResult[],
): Promise<void> {
  const { placement } = call;
  if (placement?.kind !== 'held' || !placement.isOwn || !batchRoutes.has(placement.madeBy)) return;
  const [batchId = ''] = call.facts.serverState ?? [];
  for (let start = 0; start < results.length; start += rowsAtOnce) {
    const rows = results.slice(start, start + rowsAtOnce).map((result) => toRow(record, batchId, result));
    await Promise.all(rows.map((row) => deps.record(row)));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function toRow(record: CallRecord, batchId: string, { customId, model, usage }: BatchResult): CallRecord {
  const digest = hash('sha256', `${record.accountId} ${batchId} ${customId}`).slice(0, 26);
  const own = { requestId: `bat_${digest}`, model, upstreamModel: undefined, usage };
  return { ...record, ...own, durationMs: 0, firstByteMs: undefined, attempts: [] };
}
