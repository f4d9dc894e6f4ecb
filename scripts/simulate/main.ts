import { parseArgs } from 'node:util';
import { compare, type Result } from './run.ts';

/**
 * Twenty parts of subscription a week. Enough: the week's work fits when little is wasted, so that all serve nearly the
 * same calls and their costs compare. Scarce: each spends all there is, and what counts is how many calls that serves.
 */
const weeks = [
  { name: 'enough', weekUsd: 45 },
  { name: 'scarce', weekUsd: 40 },
] as const;

/** `npm run simulate [-- --days N] [--seed N] [--json]` */
export async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      days: { type: 'string', default: '7' },
      seed: { type: 'string', default: '42' },
      json: { type: 'boolean', default: false },
    },
  });
  const compared = weeks.map(({ name, weekUsd }) => ({
    ...{ name, weekUsd },
    results: compare({ days: Number(values.days), seed: Number(values.seed), weekUsd }),
  }));
  if (values.json) {
    console.log(JSON.stringify(compared, undefined, 1));
    return 0;
  }
  console.log(`${values.days} days, 5 accounts, ${compared[0]?.results[0]?.calls ?? 0} calls, seed ${values.seed}`);
  for (const { name, weekUsd, results } of compared) {
    console.log(`\nSubscriptions of $${weekUsd * 20} a week: ${name}\n`);
    report(results);
  }
  return 0;
}

function report(results: readonly Result[]): void {
  const rows = [
    ['', 'refused', 'cache read', 'cost', 'each served', 'limit hits', 'fairness error', 'waited'],
    ...results.map((result) => [
      result.policy,
      `${result.refused} (${percent(result.refused / result.calls)})`,
      percent(result.cacheReadShare),
      `$${result.costUsd.toFixed(0)}`,
      `$${result.costEachUsd.toFixed(4)}`,
      String(result.limitHits),
      percent(result.fairnessError),
      `${result.waitedSeconds.toFixed(0)} s`,
    ]),
  ];
  for (const row of rows) {
    console.log(
      row
        .map((cell, index) => (index === 0 ? cell.padEnd(20) : cell.padStart(16)))
        .join('')
        .trimEnd(),
    );
  }
  const ours = results.at(-1);
  if (!ours) return;
  console.log('');
  for (const other of results.slice(0, -1)) console.log(sentence(ours, other));
}

function sentence(ours: Result, other: Result): string {
  const dearer = ours.costUsd - other.costUsd;
  const total = `$${Math.abs(dearer).toFixed(0)} ${dearer > 0 ? 'more' : 'less'} in all, `;
  return (
    `Against ${other.policy}: ${other.refused - ours.refused} fewer calls refused, ` +
    `${((ours.cacheReadShare - other.cacheReadShare) * 100).toFixed(1)} points more read from the cache, ${total}` +
    `${percent(1 - ours.costEachUsd / other.costEachUsd)} less cost for each call that was served.`
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
