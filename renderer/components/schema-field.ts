export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One field of a form, as a JSON Schema describes it. */
export interface SchemaField {
  readonly name: string;
  readonly kind: 'switch' | 'number' | 'text';
  readonly isRequired: boolean;
  /** Left empty, it means nothing at all. */
  readonly isNullable: boolean;
  readonly fallback: JsonValue | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
}

/** The fields of a flat object; undefined when the schema is of anything else. */
export function fieldsOf(schema: JsonSchema): readonly SchemaField[] | undefined {
  const properties = toSchema(schema['properties']);
  if (schema['type'] !== 'object' || !properties) return undefined;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const fields = Object.entries(properties).map(([name, property]) => fieldOf(name, property, required.includes(name)));
  return fields.every((field) => field !== undefined) ? fields : undefined;
}

/** What a person typed, as the schema wants it; fields that are empty are left out. */
export function typedValue(fields: readonly SchemaField[], typed: Readonly<Record<string, unknown>>): JsonValue {
  return Object.fromEntries(
    fields.flatMap(({ name, kind, isNullable }): readonly (readonly [string, JsonValue])[] => {
      const text = typed[name];
      if (kind === 'switch') return [[name, text === true]];
      if (text === '' || text === undefined || text === null) return isNullable ? [[name, null]] : [];
      return [[name, kind === 'number' ? Number(text) : String(text)]];
    }),
  );
}

function fieldOf(name: string, given: unknown, isRequired: boolean): SchemaField | undefined {
  const property = toSchema(given);
  if (!property) return undefined;
  const choices = Array.isArray(property['anyOf']) ? property['anyOf'].map(toSchema) : [property];
  const isNullable = choices.some((choice) => choice?.['type'] === 'null');
  const [choice, ...others] = choices.filter((one) => one?.['type'] !== 'null');
  const kind = kinds.get(String(choice?.['type']));
  if (!choice || !kind || others.length > 0) return undefined;
  const number = (key: string) => (typeof choice[key] === 'number' ? choice[key] : undefined);
  return {
    ...{ name, kind, isRequired, isNullable, minimum: number('minimum'), maximum: number('maximum') },
    fallback: toJson(property['default']),
  };
}

const kinds: ReadonlyMap<string, SchemaField['kind']> = new Map([
  ['boolean', 'switch'],
  ['integer', 'number'],
  ['number', 'number'],
  ['string', 'text'],
] as const);

function toSchema(value: unknown): JsonSchema | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function toJson(value: unknown): JsonValue | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null
    ? value
    : undefined;
}
