import { Table } from '../table.tsx';
import { ChartFrame } from './chart-frame.tsx';
import { useWidth } from './use-width.ts';

interface Row {
  readonly name: string;
  /** One for each column. */
  readonly values: readonly number[];
}

interface Props {
  readonly label: string;
  /** What the rows are, over their names in the table. */
  readonly rowHeading: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  format(value: number): string;
}

const cellHeight = 22;
const left = 48;
const top = 18;
const gap = 2;
/** Few enough to be told apart; nothing is the ground itself. */
const strengths = [0.18, 0.38, 0.6, 0.8, 1] as const;

/** How much fell on each of two things, by depth of colour. */
export function HeatMap(props: Props) {
  return <ChartFrame chart={<Chart {...props} />} table={<Twin {...props} />} />;
}

function Chart({ label, columns, rows, format }: Props) {
  const [frame, width] = useWidth(960);
  const cell = (width - left) / columns.length;
  const most = Math.max(1, ...rows.flatMap(({ values }) => values));
  const everyNth = Math.ceil(28 / cell);
  return (
    <div ref={frame}>
      <svg
        width={width}
        height={top + rows.length * cellHeight}
        role="img"
        aria-label={label}
        className="block max-w-full"
      >
        {columns.map((name, at) =>
          at % everyNth === 0 ? (
            <text key={name} x={left + at * cell} y={12} className="fill-muted text-[11px] tabular-nums">
              {name}
            </text>
          ) : null,
        )}
        {rows.map(({ name, values }, row) => (
          <g key={name} transform={`translate(0 ${top + row * cellHeight})`}>
            <text x={left - 8} y={cellHeight / 2} dy="0.32em" textAnchor="end" className="fill-muted text-[11px]">
              {name}
            </text>
            {columns.map((column, at) => {
              const value = values[at] ?? 0;
              return (
                <rect
                  key={column}
                  x={left + at * cell}
                  width={Math.max(1, cell - gap)}
                  height={cellHeight - gap}
                  rx={3}
                  className={value === 0 ? 'fill-sunken' : 'fill-accent'}
                  fillOpacity={value === 0 ? 1 : strengthOf(value / most)}
                >
                  <title>{`${name} ${column}: ${format(value)}`}</title>
                </rect>
              );
            })}
          </g>
        ))}
      </svg>
    </div>
  );
}

function strengthOf(share: number): number {
  return strengths[Math.min(strengths.length - 1, Math.floor(share * strengths.length))] ?? 1;
}

function Twin({ label, rowHeading, columns, rows, format }: Props) {
  const shown = [
    { name: 'row', heading: rowHeading, cell: ({ name }: Row) => name },
    ...columns.map((name, at) => ({
      ...{ name, heading: name, isNumber: true },
      cell: ({ values }: Row) => format(values[at] ?? 0),
    })),
  ];
  return <Table label={label} columns={shown} rows={rows} keyOf={({ name }) => name} />;
}
