import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import { controlShape, Field, Switch, TextInput } from './field.tsx';
import { fieldsOf, type JsonSchema, type JsonValue, type SchemaField, typedValue } from './schema-field.ts';

interface Props {
  readonly schema: JsonSchema;
  /** Null while nothing is set. */
  readonly value: JsonValue;
  /** What it is called for people. */
  readonly label: string;
  labelOf(field: string): string;
  readonly isRunning: boolean;
  onSave(value: JsonValue): void;
}

type Typed = Readonly<Record<string, unknown>>;

/** A form drawn from a JSON Schema: fields for a flat object, its text otherwise. */
export function SchemaForm(props: Props) {
  const fields = fieldsOf(props.schema);
  return fields ? <FieldsForm {...props} fields={fields} /> : <TextForm {...props} />;
}

function FieldsForm({
  fields,
  value,
  labelOf,
  isRunning,
  onSave,
}: Props & { readonly fields: readonly SchemaField[] }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<Typed>(() => begin(fields, value));
  const save = (event: FormEvent) => {
    event.preventDefault();
    onSave(typedValue(fields, typed));
  };
  return (
    <form onSubmit={save} className="flex max-w-xl flex-col gap-4">
      {fields.map((field) => (
        <SchemaControl
          key={field.name}
          field={field}
          label={labelOf(field.name)}
          value={typed[field.name]}
          onChange={(given) => setTyped({ ...typed, [field.name]: given })}
        />
      ))}
      <Button type="submit" look="primary" className="self-start" disabled={isRunning}>
        {t('action.save')}
      </Button>
    </form>
  );
}

interface ControlProps {
  readonly field: SchemaField;
  readonly label: string;
  readonly value: unknown;
  onChange(value: unknown): void;
}

function SchemaControl({ field, label, value, onChange }: ControlProps) {
  const { kind, isRequired, minimum, maximum } = field;
  if (kind === 'switch') {
    return (
      <div className="flex items-center justify-between gap-4">
        <span className="font-medium">{label}</span>
        <Switch label={label} isOn={value === true} onChange={onChange} />
      </div>
    );
  }
  return (
    <Field label={label} isRequired={isRequired}>
      {(ids) => (
        <TextInput
          {...ids}
          {...(kind === 'number' && { type: 'number', min: minimum, max: maximum })}
          required={isRequired}
          value={String(value ?? '')}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

function TextForm({ value, label, isRunning, onSave }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => (value === null ? '' : JSON.stringify(value, null, 2)));
  const [error, setError] = useState<string>();
  const save = (event: FormEvent) => {
    event.preventDefault();
    try {
      const given: JsonValue = JSON.parse(text);
      setError(undefined);
      onSave(given);
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
  };
  return (
    <form onSubmit={save} className="flex max-w-xl flex-col gap-3">
      <Field label={label} error={error}>
        {(ids) => (
          <textarea
            {...ids}
            rows={5}
            spellCheck={false}
            placeholder="{}"
            value={text}
            onChange={({ target }) => setText(target.value)}
            className={`${controlShape} w-full font-mono text-xs`}
          />
        )}
      </Field>
      <Button type="submit" className="self-start" disabled={isRunning}>
        {t('action.save')}
      </Button>
    </form>
  );
}

function begin(fields: readonly SchemaField[], value: JsonValue): Typed {
  const known = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  return Object.fromEntries(fields.map(({ name, fallback }) => [name, known.get(name) ?? fallback]));
}
