import { scaleBand, scaleLinear } from 'd3-scale';

const width = 120;
const height = 28;

/** A shape beside numbers that say the same. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  const x = scaleBand(
    values.map((_, at) => at),
    [0, width],
  ).padding(0.3);
  const y = scaleLinear([0, Math.max(1, ...values)], [0, height - 2]);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} className="h-7 w-30 shrink-0" aria-hidden="true">
      {values.map((value, at) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: each place in the row is one and the same bar
          key={at}
          x={x(at)}
          width={x.bandwidth()}
          y={height - 2 - y(value)}
          height={y(value) + 2}
          className={value === 0 ? 'fill-line' : 'fill-accent'}
        />
      ))}
    </svg>
  );
}
