import { type ReactNode, useId } from 'react';

interface Props {
  readonly heading: string;
  readonly children: ReactNode;
}

/** One side of a call, under its name. */
export function Part({ heading, children }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex min-w-0 flex-col gap-2">
      <h3 id={id} className="font-semibold">
        {heading}
      </h3>
      {children}
    </section>
  );
}
