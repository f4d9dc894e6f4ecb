import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, type ReactNode, useLayoutEffect, useRef, useState } from 'react';

export interface Column<Row> {
  readonly name: string;
  readonly heading: string;
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

interface Props<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Opens a row: by click, by Enter, and after j and k have moved to it. */
  readonly onOpen?: ((row: Row) => void) | undefined;
}

/** Rows and columns; narrow windows scroll it sideways. */
export function Table<Row>({ label, columns, rows, keyOf, onOpen }: Props<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section aria-label={label} tabIndex={0} className="overflow-x-auto">
      <table className="w-full min-w-160 text-left">
        <thead>
          <tr className="border-line border-b text-muted text-xs">
            {columns.map(({ name, heading, isNumber }) => (
              <th key={name} scope="col" className={`whitespace-nowrap py-1.5 font-medium ${cellSpace(isNumber)}`}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <Rows {...{ columns, rows, keyOf, onOpen }} />
      </table>
    </section>
  );
}

type RowsProps<Row> = Omit<Props<Row>, 'label'>;

/** Beyond so many only those are drawn that can be seen. */
const mostDrawn = 60;

function Rows<Row>(props: RowsProps<Row>) {
  return props.rows.length > mostDrawn ? <SeenRows {...props} /> : <AllRows {...props} />;
}

function AllRows<Row>({ columns, rows, keyOf, onOpen }: RowsProps<Row>) {
  return (
    <tbody>
      {rows.map((row) => (
        <TableRow key={keyOf(row)} {...{ columns, row, onOpen }} />
      ))}
    </tbody>
  );
}

const usualHeight = 40;

function SeenRows<Row>({ columns, rows, keyOf, onOpen }: RowsProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  // What stands above may have grown.
  useLayoutEffect(() => setScrollMargin((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY), []);
  const { getVirtualItems, getTotalSize, measureElement } = useWindowVirtualizer({
    ...{ count: rows.length, estimateSize: () => usualHeight, overscan: 12, scrollMargin },
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
  });
  const seen = getVirtualItems();
  const above = (seen.at(0)?.start ?? scrollMargin) - scrollMargin;
  const below = getTotalSize() - ((seen.at(-1)?.end ?? scrollMargin) - scrollMargin);
  return (
    <tbody ref={body}>
      <Spacer height={above} columns={columns.length} />
      {seen.map(({ index, key }) => {
        const row = rows[index];
        return row === undefined ? null : (
          <TableRow key={key} {...{ columns, row, onOpen, index }} measure={measureElement} />
        );
      })}
      <Spacer height={below} columns={columns.length} />
    </tbody>
  );
}

/** Room for the rows that are not drawn. */
function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  return height <= 0 ? null : (
    <tr>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

interface TableRowProps<Row> extends Pick<Props<Row>, 'columns' | 'onOpen'> {
  readonly row: Row;
  readonly index?: number;
  readonly measure?: (element: HTMLTableRowElement | null) => void;
}

// While rows scroll by, those that stay are not drawn anew. `memo` forgets what the row is of.
const TableRow = memo(PlainRow) as typeof PlainRow;

function PlainRow<Row>({ columns, row, onOpen, index, measure }: TableRowProps<Row>) {
  return (
    <tr
      {...(measure && { ref: measure, 'data-index': index })}
      {...(onOpen && {
        tabIndex: 0,
        onClick: () => onOpen(row),
        onKeyDown: (event) => onRowKey(event, () => onOpen(row)),
      })}
      className={`border-line border-b last:border-b-0 ${onOpen ? 'cursor-default hover:bg-sunken focus-visible:bg-sunken' : ''}`}
    >
      {columns.map(({ name, isNumber, cell }) => (
        <td key={name} className={`py-2 align-baseline ${cellSpace(isNumber)}`}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}

function cellSpace(isNumber: boolean | undefined): string {
  const alignment = isNumber ? 'text-right tabular-nums whitespace-nowrap' : '';
  return `px-3 first:pl-5 last:pr-5 ${alignment}`;
}

function onRowKey(event: KeyboardEvent<HTMLTableRowElement>, open: () => void): void {
  if (event.target !== event.currentTarget) return;
  if (event.key === 'Enter') open();
  const next = { j: event.currentTarget.nextElementSibling, k: event.currentTarget.previousElementSibling }[event.key];
  if (next instanceof HTMLElement) next.focus();
}
