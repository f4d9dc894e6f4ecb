import { type ReactNode, useId } from 'react';

interface Props {
  readonly heading: string;
  readonly children: ReactNode;
}

/** A titled part of what is shown of one account. */
export function Section({ heading, children }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-2">
      <h3 id={id} className="font-semibold">
        {heading}
      </h3>
      {children}
    </section>
  );
}
