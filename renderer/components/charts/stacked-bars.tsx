import { scaleBand, scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';
import { Table } from '../table.tsx';

interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

interface Props {
  readonly label: string;
  readonly times: readonly string[];
  readonly series: readonly Series[];
  format(value: number): string;
}

const width = 960;
const height = 220;
const margin = { top: 12, right: 4, bottom: 24, left: 64 };

/** A single day is no wall. */
const mostThick = 56;

const fills = [
  'fill-(--seriesa)',
  'fill-(--seriesb)',
  'fill-(--seriesc)',
  'fill-(--seriesd)',
  'fill-(--seriese)',
  'fill-(--seriesf)',
];
const grounds = [
  'bg-(--seriesa)',
  'bg-(--seriesb)',
  'bg-(--seriesc)',
  'bg-(--seriesd)',
  'bg-(--seriese)',
  'bg-(--seriesf)',
];

/** Amounts over time, stacked; the same as a table for who cannot or will not read a chart. */
export function StackedBars(props: Props) {
  const { t } = useTranslation();
  const [isTable, setTable] = useState(false);
  return (
    <div className="flex flex-col gap-3 px-5 pb-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <Legend series={props.series} />
        <Button look="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {t(isTable ? 'chart.asChart' : 'chart.asTable')}
        </Button>
      </div>
      {isTable ? <Twin {...props} /> : <Chart {...props} />}
    </div>
  );
}

function Legend({ series }: Pick<Props, 'series'>) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
      {series.map(({ name }, index) => (
        <li key={name} className="flex items-center gap-1.5">
          <span className={`size-2.5 rounded-sm ${grounds[index % grounds.length]}`} aria-hidden="true" />
          {name}
        </li>
      ))}
    </ul>
  );
}

function Chart({ label, times, series, format }: Props) {
  const rows = times.map((_, index) =>
    Object.fromEntries(series.map(({ values }, at) => [String(at), values[index] ?? 0])),
  );
  const layers = stack<Record<string, number>>().keys(series.map((_, at) => String(at)))(rows);
  const most = Math.max(1, ...(layers.at(-1) ?? []).map(([, top]) => top));
  const x = scaleBand(times, [margin.left, width - margin.right]).padding(0.25);
  const thick = Math.min(x.bandwidth(), mostThick);
  const y = scaleLinear([0, most], [height - margin.bottom, margin.top]).nice(4);
  const everyNth = Math.max(1, Math.ceil(times.length / 8));
  return (
    <svg viewBox={`0 0 ${width} ${height}`} className="w-full" role="img" aria-label={label}>
      {y.ticks(4).map((tick) => (
        <g key={tick} transform={`translate(0 ${y(tick)})`}>
          <line x1={margin.left} x2={width - margin.right} className="stroke-line" />
          <text x={margin.left - 8} dy="0.32em" textAnchor="end" className="fill-muted text-[11px] tabular-nums">
            {format(tick)}
          </text>
        </g>
      ))}
      {layers.map((layer, at) =>
        layer.map(([bottom, top], index) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: the times are the rows, in their order
            key={`${at} ${index}`}
            x={(x(times[index] ?? '') ?? 0) + (x.bandwidth() - thick) / 2}
            width={thick}
            y={y(top)}
            height={Math.max(0, y(bottom) - y(top))}
            className={fills[at % fills.length]}
          >
            <title>{`${times[index]} · ${series[at]?.name}: ${format(top - bottom)}`}</title>
          </rect>
        )),
      )}
      {times.map((time, index) =>
        index % everyNth === 0 ? (
          <text
            key={time}
            x={(x(time) ?? 0) + x.bandwidth() / 2}
            y={height - 6}
            textAnchor="middle"
            className="fill-muted text-[11px] tabular-nums"
          >
            {shortTime(time)}
          </text>
        ) : null,
      )}
    </svg>
  );
}

function Twin({ label, times, series, format }: Props) {
  const { t } = useTranslation();
  const columns = [
    { name: 'time', heading: t('calls.time'), cell: (at: number) => times[at] },
    ...series.map(({ name, values }) => ({
      ...{ name, heading: name, isNumber: true },
      cell: (at: number) => format(values[at] ?? 0),
    })),
  ];
  return <Table label={label} columns={columns} rows={times.map((_, at) => at)} keyOf={(at) => String(at)} />;
}

/** `2026-11-23` without its year, or the hour of `2026-11-23 14:00+01:00`. */
function shortTime(time: string): string {
  return time.length > 10 ? time.slice(11, 16) : time.slice(5);
}
