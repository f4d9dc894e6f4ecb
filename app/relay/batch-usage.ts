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
 * this key did not make through here are not its cost. They are billed as it was when the batch was made.
 */
export async function recordBatch(
  deps: BatchUsageDeps,
  { call, record }: { readonly call: Planned; readonly record: CallRecord },
  results: readonly BatchResult[],
): Promise<void> {
  const { placement } = call;
  if (placement?.kind !== 'held' || !placement.isOwn || !batchRoutes.has(placement.madeBy)) return;
  const noted = placement.multiplier ?? record.multiplier;
  const multiplier = noted === 1 ? undefined : noted;
  const [batchId = ''] = call.facts.serverState ?? [];
  for (let start = 0; start < results.length; start += rowsAtOnce) {
    const rows = results
      .slice(start, start + rowsAtOnce)
      .map((result) => toRow({ ...record, multiplier }, batchId, result));
    await Promise.all(rows.map((row) => deps.record(row)));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * What is to be noted of a batch: what its results will be billed with. A file of results takes it from the batch that
 * told of it; a list does not say whose a file is, and what only a list told of is billed as it is when it is fetched.
 */
export function batchMultiplier({ route, facts, placement }: Planned, record: CallRecord): number | undefined {
  if (!batchRoutes.has(route)) return undefined;
  if (facts.stored === 'new') return record.multiplier ?? 1;
  return placement?.kind === 'held' ? placement.multiplier : undefined;
}

function toRow(record: CallRecord, batchId: string, { customId, model, usage }: BatchResult): CallRecord {
  const digest = hash('sha256', `${record.accountId} ${batchId} ${customId}`).slice(0, 26);
  const own = { requestId: `bat_${digest}`, model, upstreamModel: undefined, usage };
  return { ...record, ...own, durationMs: 0, firstByteMs: undefined, attempts: [] };
}
