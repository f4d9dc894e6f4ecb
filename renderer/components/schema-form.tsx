import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import { Form, FormText, type Issue, useIssues } from './form.tsx';
import { beginWith, fieldsOf, type JsonSchema, type JsonValue, type SchemaField, typedValue } from './schema-field.ts';
import { SchemaFields } from './schema-fields.tsx';

interface Props {
  readonly schema: JsonSchema;
  /** Null while nothing is set. */
  readonly value: JsonValue;
  /** What it is called for people. */
  readonly label: string;
  labelOf(field: string): string;
  readonly isRunning: boolean;
  /** What the relay found wrong with it, by the names of the fields. */
  readonly issues?: readonly Issue[] | undefined;
  onSave(value: JsonValue): void;
}

/** A form drawn from a JSON Schema: fields for a flat object, its text otherwise. */
export function SchemaForm(props: Props) {
  const fields = fieldsOf(props.schema);
  return fields ? <FieldsForm {...props} fields={fields} /> : <TextForm {...props} />;
}

interface FieldsFormProps extends Props {
  readonly fields: readonly SchemaField[];
}

function FieldsForm({ fields, value, labelOf, isRunning, issues, onSave }: FieldsFormProps) {
  const { t } = useTranslation();
  const form = useForm({ defaultValues: { value: beginWith(fields, value) } });
  return (
    <Form
      form={form}
      className="flex max-w-xl flex-col gap-4"
      onSubmit={({ value: typed }) => onSave(typedValue(fields, typed))}
    >
      <SchemaFields fields={fields} prefix="value" labelOf={labelOf} />
      <Issues issues={issues} />
      <Button type="submit" look="primary" className="self-start" disabled={isRunning}>
        {t('action.save')}
      </Button>
    </Form>
  );
}

function Issues({ issues }: Pick<Props, 'issues'>) {
  useIssues(issues, (path) => `value.${path.replace(/^value\./, '')}`);
  return null;
}

function TextForm({ value, label, isRunning, onSave }: Props) {
  const { t } = useTranslation();
  const form = useForm({ defaultValues: { text: value === null ? '' : JSON.stringify(value, null, 2) } });
  const check = (text: unknown) => {
    const read = readJson(String(text));
    return 'value' in read || read.error;
  };
  const save = (text: string) => {
    const read = readJson(text);
    if ('value' in read) onSave(read.value);
  };
  return (
    <Form form={form} className="flex max-w-xl flex-col gap-3" onSubmit={({ text }) => save(text)}>
      <FormText name="text" label={label} rows={5} placeholder="{}" rules={{ validate: check }} />
      <Button type="submit" className="self-start" disabled={isRunning}>
        {t('action.save')}
      </Button>
    </Form>
  );
}

function readJson(text: string): { readonly value: JsonValue } | { readonly error: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (reason) {
    return { error: reason instanceof Error ? reason.message : String(reason) };
  }
}
