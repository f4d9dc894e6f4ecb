export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One field of a form, as a JSON Schema describes it. */
export interface SchemaField {
  readonly name: string;
  readonly kind: 'switch' | 'number' | 'text' | 'choice';
  readonly isRequired: boolean;
  /** Left empty, it means nothing at all. */
  readonly isNullable: boolean;
  readonly fallback: JsonValue | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly isWhole: boolean;
  /** Of a choice. */
  readonly options: readonly string[];
  readonly pattern: string | undefined;
  readonly isUrl: boolean;
  /** Such as it may be. */
  readonly example: string | undefined;
  /** As the schema calls it, in English. */
  readonly title: string | undefined;
  readonly description: string | undefined;
}

/** One of several forms that a value may have. */
export interface SchemaForm {
  /** The value of `kind` that tells it from the others. */
  readonly kind: string;
  readonly title: string;
  readonly fields: readonly SchemaField[];
}

/** The fields of a flat object; undefined when the schema is of anything else. */
export function fieldsOf(schema: JsonSchema): readonly SchemaField[] | undefined {
  const properties = toSchema(schema['properties']);
  if (schema['type'] !== 'object' || !properties) return undefined;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const fields = Object.entries(properties).map(([name, property]) => fieldOf(name, property, required.includes(name)));
  return fields.every((field) => field !== undefined) ? fields : undefined;
}

/** The forms of a value that names its own in `kind`; undefined when the schema is of anything else. */
export function formsOf(schema: JsonSchema): readonly SchemaForm[] | undefined {
  const choices = Array.isArray(schema['oneOf']) ? schema['oneOf'].map(toSchema) : [];
  const forms = choices.map((choice) => choice && formOf(choice));
  return forms.length > 0 && forms.every((form) => form !== undefined) ? forms : undefined;
}

/** What a person typed, as the schema wants it; fields that are empty are left out. */
export function typedValue(
  fields: readonly SchemaField[],
  typed: Readonly<Record<string, unknown>>,
): { [name: string]: JsonValue } {
  return Object.fromEntries(
    fields.flatMap(({ name, kind, isNullable }): readonly (readonly [string, JsonValue])[] => {
      const text = typed[name];
      if (kind === 'switch') return [[name, text === true]];
      if (text === '' || text === undefined || text === null) return isNullable ? [[name, null]] : [];
      return [[name, kind === 'number' ? Number(text) : String(text)]];
    }),
  );
}

/** What the fields of a form show at first. */
export function beginWith(fields: readonly SchemaField[], value: JsonValue): Record<string, string | boolean> {
  const known = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  return Object.fromEntries(
    fields.map(({ name, kind, fallback }) => {
      const first = known.get(name) ?? fallback;
      return [name, kind === 'switch' ? first === true : String(first ?? '')];
    }),
  );
}

function formOf(choice: JsonSchema): SchemaForm | undefined {
  const { kind, ...rest } = toSchema(choice['properties']) ?? {};
  const name = toSchema(kind)?.['const'];
  const fields = fieldsOf({ ...choice, properties: rest });
  const title = choice['title'];
  return typeof name === 'string' && fields
    ? { kind: name, title: typeof title === 'string' ? title : name, fields }
    : undefined;
}

function fieldOf(name: string, given: unknown, isRequired: boolean): SchemaField | undefined {
  const property = toSchema(given);
  if (!property) return undefined;
  const choices = Array.isArray(property['anyOf']) ? property['anyOf'].map(toSchema) : [property];
  const isNullable = choices.some((choice) => choice?.['type'] === 'null');
  const [choice, ...others] = choices.filter((one) => one?.['type'] !== 'null');
  const options = choice && optionsOf(choice);
  const kind = options ? 'choice' : kinds.get(String(choice?.['type']));
  if (!choice || !kind || others.length > 0) return undefined;
  const number = (key: string) => (typeof choice[key] === 'number' ? choice[key] : undefined);
  const [example] = Array.isArray(property['examples']) ? property['examples'] : [];
  return {
    ...{ name, kind, isRequired, isNullable, minimum: number('minimum'), maximum: number('maximum') },
    ...{ isWhole: choice['type'] === 'integer', options: options ?? [], pattern: textOf(choice['pattern']) },
    ...{ isUrl: choice['format'] === 'uri', example: textOf(example), title: textOf(property['title']) },
    ...{ description: textOf(property['description']), fallback: toJson(property['default']) },
  };
}

const kinds: ReadonlyMap<string, SchemaField['kind']> = new Map([
  ['boolean', 'switch'],
  ['integer', 'number'],
  ['number', 'number'],
  ['string', 'text'],
] as const);

function optionsOf(choice: JsonSchema): readonly string[] | undefined {
  const options = choice['enum'];
  return Array.isArray(options) && options.every((one) => typeof one === 'string') ? options : undefined;
}

function toSchema(value: unknown): JsonSchema | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toJson(value: unknown): JsonValue | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null
    ? value
    : undefined;
}
