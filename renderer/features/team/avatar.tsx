/** The first letter of a name, for the eye only: the name stands beside it. */
export function Avatar({ name }: { readonly name: string }) {
  const [letter = '?'] = name;
  return (
    <span
      aria-hidden="true"
      className="inline-flex size-8 shrink-0 items-center justify-center rounded-full bg-soft font-semibold text-accent"
    >
      {letter.toUpperCase()}
    </span>
  );
}
