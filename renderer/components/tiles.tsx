interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

/** A few numbers side by side. */
export function Tiles({ label, tiles }: { readonly label: string; readonly tiles: readonly Tile[] }) {
  return (
    <section aria-label={label} className="overflow-hidden rounded-xl border border-line bg-line">
      <dl className="grid grid-cols-2 gap-px lg:grid-cols-4">
        {tiles.map(({ name, value, note }) => (
          <div key={name} className="flex flex-col bg-surface px-5 py-3.5">
            <dt className="text-muted text-xs">{name}</dt>
            <dd className="font-semibold text-xl tabular-nums">{value}</dd>
            {note !== undefined && <dd className="text-muted text-xs tabular-nums">{note}</dd>}
          </div>
        ))}
      </dl>
    </section>
  );
}
