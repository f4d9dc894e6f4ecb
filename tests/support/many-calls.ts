import type { Store } from '../../app/store/store.ts';
import { bundledPrices, settledCall } from '../../app/usage/__fixtures__/calls.ts';
import { toRow, toValues, usageColumns } from '../../app/usage/row.ts';

const prices = bundledPrices();

/** A call each minute over ten weeks, an hour for each of 20 keys in turn; made by the database, because a hundred thousand inserts would take a minute. */
export async function fillWithCalls(
  store: Store,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<void> {
  const row = store.prepareInsert('usage', usageColumns);
  await row(toValues(toRow(settledCall('req_0', { startedAt: from, keyId: 'key_0' }), prices)));
  const columns = usageColumns.map((column) => `"${column}"`).join(', ');
  for (let have = 1; have < count; have *= 2) {
    const shifted = usageColumns.map((column) => {
      if (column === 'request_id') return `'req_${have}_' || request_id`;
      if (column === 'key_id') return `'key_' || (((started_at + ${have * 60_000}) / 3600000) % 20)`;
      return column === 'started_at' ? `started_at + ${have * 60_000}` : `"${column}"`;
    });
    const limit = Math.min(have, count - have);
    await store.write([
      { sql: `insert into usage (${columns}) select ${shifted.join(', ')} from usage limit ${limit}`, parameters: [] },
    ]);
  }
  // As the engines do by themselves in time.
  await store.write([{ sql: 'analyze', parameters: [] }]);
}
