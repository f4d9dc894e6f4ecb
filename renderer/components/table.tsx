import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  type SortDirection,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { ChevronDown, ChevronsUpDown, ChevronUp } from 'lucide-react';
import { useMemo } from 'react';
import { compareValues, type SortValue } from './sort-value.ts';
import { cellSpace, type RowColumn, type RowsProps, type Selection, TableRows } from './table-rows.tsx';

export interface Column<Row> extends RowColumn<Row> {
  readonly heading: string;
  /** By what the column can be sorted; undefined goes last. Without it, it cannot. */
  readonly sortBy?: (row: Row) => SortValue;
}

interface Props<Row> extends RowsProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** A row of ours as one that the library takes, whatever it is. */
interface Held<Row> {
  readonly row: Row;
}

/** Rows and columns; narrow windows scroll it sideways. */
export function Table<Row>(props: Props<Row>) {
  const { label, columns, rows, keyOf, selection } = props;
  const data = useMemo(() => rows.map((row): Held<Row> => ({ row })), [rows]);
  const table = useTable({ features, columns: columns.map(toDefinition), data, getRowId: ({ row }) => keyOf(row) });
  const sorted = table.getRowModel().rows.map(({ original }) => original.row);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section aria-label={label} tabIndex={0} className="overflow-x-auto">
      <table className="w-full min-w-160 text-left">
        <thead>
          <tr className="border-line border-b text-muted text-xs">
            {selection && (
              <th scope="col" className="w-0 py-1.5 pl-5">
                <PickAll {...{ selection, rows, keyOf }} />
              </th>
            )}
            {columns.map((column) => {
              const known = table.getColumn(column.name);
              const isSortable = column.sortBy !== undefined;
              return (
                <Heading
                  key={column.name}
                  column={column}
                  direction={known?.getIsSorted()}
                  onSort={isSortable ? () => known?.toggleSorting() : undefined}
                />
              );
            })}
          </tr>
        </thead>
        <TableRows {...props} rows={sorted} />
      </table>
    </section>
  );
}

function toDefinition<Row>({ name, sortBy }: Column<Row>): ColumnDef<typeof features, Held<Row>> {
  if (!sortBy) return { id: name, enableSorting: false };
  return {
    id: name,
    accessorFn: ({ row }) => sortBy(row),
    sortFn: (a, b) => compareValues(sortBy(a.original.row), sortBy(b.original.row)),
    sortUndefined: 'last',
  };
}

interface HeadingProps<Row> {
  readonly column: Column<Row>;
  readonly direction: SortDirection | false | undefined;
  readonly onSort: (() => void) | undefined;
}

function Heading<Row>({ column: { heading, isNumber }, direction, onSort }: HeadingProps<Row>) {
  const shape = `whitespace-nowrap py-1.5 font-medium ${cellSpace(isNumber)}`;
  if (!onSort) {
    return (
      <th scope="col" className={shape}>
        {heading}
      </th>
    );
  }
  const Mark = direction === 'asc' ? ChevronUp : direction === 'desc' ? ChevronDown : ChevronsUpDown;
  return (
    <th scope="col" aria-sort={direction ? ariaSorts[direction] : 'none'} className={shape}>
      <button
        type="button"
        onClick={onSort}
        className="-mx-1 inline-flex min-h-6 items-center gap-1 rounded px-1 font-medium hover:text-text"
      >
        {heading}
        <Mark className={`size-3 ${direction ? '' : 'opacity-50'}`} aria-hidden="true" />
      </button>
    </th>
  );
}

const ariaSorts = { asc: 'ascending', desc: 'descending' } as const;

interface PickAllProps<Row> extends Pick<Props<Row>, 'rows' | 'keyOf'> {
  readonly selection: Selection<Row>;
}

function PickAll<Row>({ selection: { picked, allLabel, onChange }, rows, keyOf }: PickAllProps<Row>) {
  const ids = rows.map(keyOf);
  const count = ids.filter((id) => picked.has(id)).length;
  const isAll = count > 0 && count === ids.length;
  return (
    <input
      type="checkbox"
      aria-label={allLabel}
      checked={isAll}
      ref={(box) => {
        if (box) box.indeterminate = count > 0 && !isAll;
      }}
      onChange={() => onChange(new Set(isAll ? [] : ids))}
      className="size-4 translate-y-0.5 accent-accent"
    />
  );
}
