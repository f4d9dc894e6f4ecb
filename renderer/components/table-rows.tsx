import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, memo, type ReactNode, useLayoutEffect, useRef, useState } from 'react';

export interface RowColumn<Row> {
  readonly name: string;
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

/** Rows that were picked for something to be done with all of them. */
export interface Selection<Row> {
  readonly picked: ReadonlySet<string>;
  readonly allLabel: string;
  labelOf(row: Row): string;
  onChange(picked: ReadonlySet<string>): void;
}

export interface RowsProps<Row> {
  readonly columns: readonly RowColumn<Row>[];
  /** As they come, until a person sorts them. */
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Opens a row: by click, by Enter, and after j and k have moved to it. */
  readonly onOpen?: ((row: Row) => void) | undefined;
  /** With a box in each row; x picks the row that has the focus. */
  readonly selection?: Selection<Row> | undefined;
}

/** Beyond so many only those are drawn that can be seen. */
const mostDrawn = 60;

export function TableRows<Row>(props: RowsProps<Row>) {
  return props.rows.length > mostDrawn ? <SeenRows {...props} /> : <AllRows {...props} />;
}

function AllRows<Row>({ rows, keyOf, ...rest }: RowsProps<Row>) {
  return (
    <tbody>
      {rows.map((row) => (
        <TableRow key={keyOf(row)} id={keyOf(row)} row={row} {...rest} />
      ))}
    </tbody>
  );
}

const usualHeight = 40;

function SeenRows<Row>({ rows, keyOf, ...rest }: RowsProps<Row>) {
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
  const columns = rest.columns.length + (rest.selection ? 1 : 0);
  return (
    <tbody ref={body}>
      <Spacer height={above} columns={columns} />
      {seen.map(({ index, key }) => {
        const row = rows[index];
        return row === undefined ? null : (
          <TableRow key={key} id={keyOf(row)} {...{ row, index, ...rest }} measure={measureElement} />
        );
      })}
      <Spacer height={below} columns={columns} />
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

interface TableRowProps<Row> extends Pick<RowsProps<Row>, 'columns' | 'onOpen' | 'selection'> {
  readonly id: string;
  readonly row: Row;
  readonly index?: number;
  readonly measure?: (element: HTMLTableRowElement | null) => void;
}

// While rows scroll by, those that stay are not drawn anew. `memo` forgets what the row is of.
const TableRow = memo(PlainRow) as typeof PlainRow;

function PlainRow<Row>({ id, columns, row, onOpen, selection, index, measure }: TableRowProps<Row>) {
  const toggle = selection && (() => selection.onChange(toggled(selection.picked, id)));
  const canFocus = onOpen !== undefined || toggle !== undefined;
  return (
    <tr
      {...(measure && { ref: measure, 'data-index': index })}
      {...(canFocus && {
        tabIndex: 0,
        onClick: (event) => isOwnClick(event) && onOpen?.(row),
        onKeyDown: (event) => onRowKey(event, { open: onOpen && (() => onOpen(row)), toggle }),
      })}
      className={`border-line border-b last:border-b-0 ${canFocus ? 'cursor-default hover:bg-sunken focus-visible:bg-sunken' : ''}`}
    >
      {selection && (
        <td className="w-0 py-2 pl-5 align-baseline">
          <input
            type="checkbox"
            aria-label={selection.labelOf(row)}
            checked={selection.picked.has(id)}
            onChange={toggle}
            className="size-4 translate-y-0.5 accent-accent"
          />
        </td>
      )}
      {columns.map(({ name, isNumber, cell }) => (
        <td key={name} className={`py-2 align-baseline ${cellSpace(isNumber)}`}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}

export function cellSpace(isNumber: boolean | undefined): string {
  const alignment = isNumber ? 'text-right tabular-nums whitespace-nowrap' : '';
  return `px-3 first:pl-5 last:pr-5 ${alignment}`;
}

function toggled(picked: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return picked.has(id) ? new Set([...picked].filter((one) => one !== id)) : new Set([...picked, id]);
}

/** Not one on something in the row that does another thing. */
function isOwnClick({ target }: MouseEvent): boolean {
  return !(target instanceof Element && target.closest('a, button, input, label, select, summary'));
}

interface RowKeys {
  readonly open: (() => void) | undefined;
  readonly toggle: (() => void) | undefined;
}

function onRowKey(event: KeyboardEvent<HTMLTableRowElement>, { open, toggle }: RowKeys): void {
  const { key, target, currentTarget } = event;
  if (target !== currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === 'Enter') open?.();
  if (key === 'x') toggle?.();
  const next = { j: currentTarget.nextElementSibling, k: currentTarget.previousElementSibling }[key];
  if (next instanceof HTMLElement) next.focus();
}
