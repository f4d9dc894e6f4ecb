import * as z from 'zod';

/** An object somewhere in what a route takes, and how to send one there. */
export interface ObjectPlace {
  /** Such as `limits.0.window`; empty for the whole input. */
  readonly place: string;
  readonly fields: ReadonlySet<string>;
  /** Whether only these fields may be in it. */
  readonly isClosed: boolean;
  /** The least that leads to this object, with `extra` in it. */
  with(extra: Readonly<Record<string, unknown>>): unknown;
}

const node = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
});

interface Way {
  readonly place: string;
  wrap(value: unknown): unknown;
}

/** Every object with named fields in a schema. Maps by free names are none: what they hold is looked into. */
export function objectsIn(schema: z.ZodType): readonly ObjectPlace[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return walk(json, { place: '', wrap: (value) => value });
}

function walk(given: unknown, way: Way): readonly ObjectPlace[] {
  const parsed = node.safeParse(given);
  if (!parsed.success) return [];
  const { properties, items, anyOf = [], oneOf = [] } = parsed.data;
  return [
    ...(properties ? [toPlace({ ...parsed.data, properties }, way)] : []),
    ...Object.entries(properties ?? {}).flatMap(([name, child]) =>
      walk(
        child,
        below(way, name, (value) => ({ [name]: value })),
      ),
    ),
    ...walk(
      items,
      below(way, '0', (value) => [value]),
    ),
    ...[...anyOf, ...oneOf].flatMap((option) => walk(option, way)),
  ];
}

function below({ place, wrap }: Way, name: string, inside: (value: unknown) => unknown): Way {
  return { place: place === '' ? name : `${place}.${name}`, wrap: (value) => wrap(inside(value)) };
}

function toPlace(
  {
    properties,
    additionalProperties,
  }: { readonly properties: Readonly<Record<string, unknown>>; readonly additionalProperties?: unknown },
  { place, wrap }: Way,
): ObjectPlace {
  // What tells one kind of object from another must be there, or its kind is not known.
  const kind = Object.entries(properties).flatMap(([name, child]) => {
    const { data } = node.safeParse(child);
    return data?.const === undefined ? [] : [[name, data.const] as const];
  });
  return {
    place,
    fields: new Set(Object.keys(properties)),
    isClosed: additionalProperties === false,
    with: (extra) => wrap({ ...Object.fromEntries(kind), ...extra }),
  };
}
