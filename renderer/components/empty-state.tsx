import type { ReactNode } from 'react';

interface Props {
  /** One sentence: what is not there, and what brings it. */
  readonly text: string;
  readonly children?: ReactNode;
}

export function EmptyState({ text, children }: Props) {
  return (
    <div className="flex flex-col items-start gap-3 px-5 py-6">
      <p className="max-w-prose text-muted">{text}</p>
      {children}
    </div>
  );
}
