import type { KeyboardEvent, ReactNode } from 'react';

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
        <tbody>
          {rows.map((row) => (
            <tr
              key={keyOf(row)}
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
          ))}
        </tbody>
      </table>
    </section>
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
