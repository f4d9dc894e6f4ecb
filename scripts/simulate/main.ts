import { parseArgs } from 'node:util';
import { compare, type Result } from './run.ts';

/** `npm run simulate [-- --days N] [--seed N] [--json]` */
export async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      days: { type: 'string', default: '7' },
      seed: { type: 'string', default: '42' },
      json: { type: 'boolean', default: false },
    },
  });
  const began = performance.now();
  const results = compare({ days: Number(values.days), seed: Number(values.seed) });
  if (values.json) console.log(JSON.stringify(results, undefined, 1));
  else report(results, { ...values, seconds: (performance.now() - began) / 1_000 });
  return 0;
}

function report(results: readonly Result[], run: { days: string; seed: string; seconds: number }): void {
  const calls = results[0]?.calls ?? 0;
  console.log(`${run.days} days, 5 accounts, ${calls} calls, seed ${run.seed}; ${run.seconds.toFixed(1)} s\n`);
  const rows = [
    ['', 'refused', 'cache read', 'cost', 'limit hits', 'fairness error', 'waited'],
    ...results.map((result) => [
      result.policy,
      `${result.refused} (${percent(result.refused / result.calls)})`,
      percent(result.cacheReadShare),
      `$${result.costUsd.toFixed(0)}`,
      String(result.limitHits),
      percent(result.fairnessError),
      `${result.waitedSeconds.toFixed(0)} s`,
    ]),
  ];
  for (const row of rows) {
    console.log(row.map((cell, index) => (index === 0 ? cell.padEnd(20) : cell.padStart(16))).join(''));
  }
  const ours = results.at(-1);
  if (!ours) return;
  for (const other of results.slice(0, -1)) console.log(`\n${sentence(ours, other)}`);
}

function sentence(ours: Result, other: Result): string {
  const dearer = other.costUsd / (other.calls - other.refused) / (ours.costUsd / (ours.calls - ours.refused));
  return (
    `Against ${other.policy}: ${other.refused - ours.refused} fewer calls refused, ` +
    `${((ours.cacheReadShare - other.cacheReadShare) * 100).toFixed(1)} points more read from the cache, ` +
    `${percent(1 - 1 / dearer)} less cost for each call that was served.`
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
