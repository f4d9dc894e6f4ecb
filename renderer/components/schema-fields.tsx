import { useTranslation } from 'react-i18next';
import { FormSelect, FormSwitch, FormText } from './form.tsx';
import type { SchemaField } from './schema-field.ts';

export interface FieldWords {
  labelOf(field: string): string;
  hintOf?(field: SchemaField): string | undefined;
  /** What one of several options is called. */
  optionOf?(option: string): string;
}

interface Props extends FieldWords {
  readonly fields: readonly SchemaField[];
  /** Where in the form's values they are. */
  readonly prefix: string;
  /** Nobody may read over a shoulder what is typed. */
  readonly isSecret?: boolean;
}

/** The fields of a schema in a form around them. */
export function SchemaFields({ fields, prefix, isSecret = false, ...words }: Props) {
  return fields.map((field) => (
    <SchemaControl key={field.name} field={field} name={`${prefix}.${field.name}`} isSecret={isSecret} words={words} />
  ));
}

interface ControlProps {
  readonly field: SchemaField;
  readonly name: string;
  readonly isSecret: boolean;
  readonly words: FieldWords;
}

function SchemaControl({ field, name, isSecret, words }: ControlProps) {
  const { t } = useTranslation();
  const rules = useRules(field);
  const { kind, isRequired, minimum, maximum, options, example, isUrl } = field;
  const shared = { name, rules, isRequired, label: words.labelOf(field.name), hint: words.hintOf?.(field) };
  if (kind === 'switch') return <FormSwitch {...shared} />;
  if (kind === 'choice') {
    const named = options.map((value) => ({ value, text: words.optionOf?.(value) ?? value }));
    return (
      <FormSelect {...shared} options={isRequired ? named : [{ value: '', text: t('form.byItself') }, ...named]} />
    );
  }
  const type = kind === 'number' ? 'number' : isSecret ? 'password' : isUrl ? 'url' : 'text';
  return <FormText {...shared} type={type} min={minimum} max={maximum} placeholder={example} />;
}

function useRules(field: SchemaField) {
  const { t } = useTranslation();
  const { kind, pattern, isUrl, example } = field;
  return {
    validate: (value: unknown) => {
      const text = String(value ?? '').trim();
      if (text === '' || kind === 'switch' || kind === 'choice') return true;
      if (kind === 'number') return numberTrouble(field, Number(text)) ?? true;
      if (isUrl && !/^https?:\/\/[^\s/]/.test(text)) return t('form.url');
      if (pattern === undefined || new RegExp(pattern).test(text)) return true;
      return example === undefined ? t('form.pattern') : t('form.patternLike', { example });
    },
  };

  function numberTrouble({ minimum, maximum, isWhole }: SchemaField, number: number): string | undefined {
    const [min, max] = [minimum ?? Number.NEGATIVE_INFINITY, maximum ?? Number.POSITIVE_INFINITY];
    if (number >= min && number <= max && (!isWhole || Number.isInteger(number))) return undefined;
    return Number.isFinite(min) && Number.isFinite(max) ? t('form.between', { min, max }) : t('form.number');
  }
}
