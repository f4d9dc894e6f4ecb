import { type ScaleLinear, type ScalePoint, scaleLinear, scalePoint } from 'd3-scale';
import { area, type Series as Layer, stack } from 'd3-shape';
import { useTranslation } from 'react-i18next';
import { Table } from '../table.tsx';
import { ChartFrame } from './chart-frame.tsx';
import { useWidth } from './use-width.ts';

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

type Layers = readonly Layer<Record<string, number>, string>[];

const height = 220;
const margin = { top: 12, right: 12, bottom: 24, left: 64 };
/** A single day has no shape: it is a bar of so much. */
const barWidth = 56;

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

/** Amounts over time, one on another. */
export function StackedArea(props: Props) {
  return (
    <ChartFrame legend={<Legend series={props.series} />} chart={<Chart {...props} />} table={<Twin {...props} />} />
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
  const [frame, width] = useWidth(960);
  const rows = times.map((_, index) =>
    Object.fromEntries(series.map(({ values }, at) => [String(at), values[index] ?? 0])),
  );
  const layers = stack<Record<string, number>>().keys(series.map((_, at) => String(at)))(rows);
  const most = Math.max(1, ...(layers.at(-1) ?? []).map(([, top]) => top));
  const x = scalePoint(times, [margin.left, width - margin.right]).padding(times.length < 2 ? 0.5 : 0);
  const y = scaleLinear([0, most], [height - margin.bottom, margin.top]).nice(4);
  return (
    <div ref={frame}>
      <svg width={width} height={height} role="img" aria-label={label} className="block max-w-full">
        {y.ticks(4).map((tick) => (
          <g key={tick} transform={`translate(0 ${y(tick)})`}>
            <line x1={margin.left} x2={width - margin.right} className="stroke-line" />
            <text x={margin.left - 8} dy="0.32em" textAnchor="end" className="fill-muted text-[11px] tabular-nums">
              {format(tick)}
            </text>
          </g>
        ))}
        <Shapes {...{ layers, times, x, y }} />
        <TimeAxis {...{ times, x, width }} />
        <Readings {...{ times, series, x, width, format }} />
      </svg>
    </div>
  );
}

interface Scales {
  readonly times: readonly string[];
  readonly x: ScalePoint<string>;
  readonly y: ScaleLinear<number, number>;
}

function Shapes({ layers, times, x, y }: Scales & { readonly layers: Layers }) {
  const shape = area<readonly [number, number]>()
    .x((_, index) => x(times[index] ?? '') ?? 0)
    .y0(([bottom]) => y(bottom))
    .y1(([, top]) => y(top));
  return layers.map((layer, at) => {
    const points = layer.map(([bottom, top]) => [bottom, top] as const);
    const fill = fills[at % fills.length];
    const [only] = points;
    if (points.length > 1 || !only) return <path key={layer.key} d={shape(points) ?? ''} className={fill} />;
    const [bottom, top] = only;
    const left = (x(times[0] ?? '') ?? 0) - barWidth / 2;
    return <rect key={layer.key} x={left} width={barWidth} y={y(top)} height={y(bottom) - y(top)} className={fill} />;
  });
}

const labelWidth = 64;

function TimeAxis({ times, x, width }: Pick<Scales, 'times' | 'x'> & { readonly width: number }) {
  const room = Math.max(2, Math.floor((width - margin.left - margin.right) / labelWidth));
  const everyNth = Math.max(1, Math.ceil(times.length / room));
  return times.map((time, index) =>
    index % everyNth === 0 ? (
      <text
        key={time}
        x={x(time)}
        y={height - 6}
        textAnchor={anchorOf(index, times.length)}
        className="fill-muted text-[11px] tabular-nums"
      >
        {shortTime(time)}
      </text>
    ) : null,
  );
}

function anchorOf(index: number, count: number): 'start' | 'middle' | 'end' {
  if (count < 2) return 'middle';
  if (index === 0) return 'start';
  return index === count - 1 ? 'end' : 'middle';
}

/** What the pointer reads at each time. */
function Readings({
  times,
  series,
  x,
  width,
  format,
}: Omit<Props, 'label'> & Pick<Scales, 'x'> & { readonly width: number }) {
  const step = times.length > 1 ? x.step() : width;
  return times.map((time, index) => {
    const left = Math.max(margin.left, (x(time) ?? 0) - step / 2);
    const right = Math.min(width - margin.right, (x(time) ?? 0) + step / 2);
    const lines = series.map(({ name, values }) => `${name}: ${format(values[index] ?? 0)}`);
    return (
      <rect
        key={time}
        x={left}
        width={Math.max(0, right - left)}
        y={margin.top}
        height={height - margin.top - margin.bottom}
        className="fill-transparent hover:fill-text/10"
      >
        <title>{[time, ...lines].join('\n')}</title>
      </rect>
    );
  });
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
