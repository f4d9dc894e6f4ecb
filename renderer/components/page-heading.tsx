import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly note?: string | undefined;
  /** What can be done here. */
  readonly children?: ReactNode;
}

export function PageHeading({ title, note, children }: Props) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-4 gap-y-3 pt-4">
      <div className="min-w-0">
        <h1 className="font-semibold text-xl">{title}</h1>
        {note !== undefined && <p className="mt-0.5 text-muted">{note}</p>}
      </div>
      <div className="flex flex-wrap items-center gap-2">{children}</div>
    </header>
  );
}
