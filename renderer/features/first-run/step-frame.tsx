import { type ReactNode, useEffect, useId, useRef } from 'react';

interface Props {
  readonly title: string;
  readonly note: string;
  readonly children: ReactNode;
}

/** One step; the focus comes to it, so that whoever uses no mouse goes on from there. */
export function StepFrame({ title, note, children }: Props) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section
      aria-labelledby={id}
      className="flex flex-col gap-4 rounded-xl border border-line bg-surface px-4 pt-4 pb-5 sm:px-5"
    >
      <div>
        <h2 id={id} ref={heading} tabIndex={-1} className="font-semibold text-[0.9375rem] outline-none">
          {title}
        </h2>
        <p className="mt-1 max-w-prose text-muted">{note}</p>
      </div>
      {children}
    </section>
  );
}
