import type { UsageSummary, UsageSums } from '../usage/summary.ts';

export interface MetricsDay {
  readonly version: string;
  /** Of today, by account and model. */
  readonly sums: readonly UsageSummary[];
  /** By account id. */
  readonly names: ReadonlyMap<string, string>;
}

type Labels = Readonly<Record<string, string>>;

interface Metric {
  readonly name: string;
  readonly help: string;
  samples(sums: UsageSums): readonly (readonly [labels: Labels, value: string])[];
}

const count =
  (of: (sums: UsageSums) => number): Metric['samples'] =>
  (sums) => [[{}, String(of(sums))]];

/** All of today: they begin anew at midnight, so each is a gauge. */
const metrics: readonly Metric[] = [
  { name: 'requests_today', help: 'Calls today.', samples: count(({ calls }) => calls) },
  { name: 'failed_requests_today', help: 'Calls today that failed.', samples: count(({ failedCalls }) => failedCalls) },
  {
    name: 'unpriced_requests_today',
    help: 'Calls today whose model has no known price: their cost is in no sum.',
    samples: count(({ unpricedCalls }) => unpricedCalls),
  },
  {
    name: 'tokens_today',
    help: 'Tokens today; input is without what the cache had.',
    samples: (sums) => [
      [{ kind: 'input' }, String(sums.inputTokens)],
      [{ kind: 'output' }, String(sums.outputTokens)],
      [{ kind: 'cache_read' }, String(sums.cacheReadTokens)],
      [{ kind: 'cache_write' }, String(sums.cacheWrite5mTokens + sums.cacheWrite1hTokens)],
    ],
  },
  {
    name: 'cost_usd_today',
    help: 'What the calls of today cost, in US dollars.',
    samples: ({ costNanoUsd }) => [[{}, dollars(costNanoUsd)]],
  },
];

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** Prometheus's text format, version 0.0.4. */
export function metricsText({ version, sums, names }: MetricsDay): string {
  const build = [
    '# HELP waystation_build_info The version that runs.',
    '# TYPE waystation_build_info gauge',
    `waystation_build_info${labelText({ version })} 1`,
  ];
  const lines = metrics.flatMap(({ name, help, samples }) => [
    `# HELP waystation_${name} ${help}`,
    `# TYPE waystation_${name} gauge`,
    ...sums.flatMap((one) =>
      samples(one).map(([labels, value]) => {
        const account = { account: names.get(one.group ?? '') ?? '', account_id: one.group ?? '' };
        return `waystation_${name}${labelText({ ...account, model: one.per ?? '', ...labels })} ${value}`;
      }),
    ),
  ]);
  return `${[...build, ...lines].join('\n')}\n`;
}

function labelText(labels: Labels): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Exact to the nano-dollar: no number of the language's own is made of it. */
function dollars(nanoUsd: number): string {
  const digits = String(nanoUsd).padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
