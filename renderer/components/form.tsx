import { type ReactNode, useEffect } from 'react';
import {
  type FieldValues,
  FormProvider,
  type RegisterOptions,
  type UseFormReturn,
  useController,
  useFormContext,
} from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { controlShape, Field, Select, Switch, TextInput } from './field.tsx';

/** What was wrong with one field, as whoever checked it says. */
export interface Issue {
  /** Names and indexes, joined by dots. */
  readonly path: string;
  readonly message: string;
}

/** What a form holds. */
export type ValuesOf<Held> = Held extends UseFormReturn<infer Values> ? Values : never;

interface FormProps<Values extends FieldValues> {
  readonly form: UseFormReturn<Values>;
  readonly className?: string;
  readonly children: ReactNode;
  onSubmit(values: Values): void;
}

/** Says what is wrong beside each field, and goes to the first of them. */
export function Form<Values extends FieldValues>({ form, className, children, onSubmit }: FormProps<Values>) {
  return (
    <FormProvider {...form}>
      <form
        noValidate
        className={className ?? 'flex flex-col gap-4'}
        onSubmit={(event) => {
          // A form may stand in a dialog that stands in another form.
          event.stopPropagation();
          void form.handleSubmit(onSubmit)(event);
        }}
      >
        {children}
      </form>
    </FormProvider>
  );
}

/** Puts what the relay found wrong beside the fields; `nameOf` finds the field, undefined where there is none. */
export function useIssues(
  issues: readonly Issue[] | undefined,
  nameOf: (path: string) => string = (path) => path,
): void {
  const { setError } = useFormContext();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer
  useEffect(() => {
    for (const { path, message } of issues ?? []) setError(nameOf(path), { type: 'relay', message });
  }, [issues]);
}

interface InputProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly isRequired?: boolean | undefined;
  /** What it must keep to; `required` follows from `isRequired`. */
  readonly rules?: Omit<RegisterOptions, 'disabled' | 'valueAsNumber' | 'valueAsDate' | 'setValueAs'> | undefined;
}

export interface TextProps extends InputProps {
  readonly type?: 'text' | 'password' | 'url' | 'number' | 'date' | 'datetime-local' | 'time' | 'search';
  readonly placeholder?: string | undefined;
  readonly maxLength?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** So many lines. */
  readonly rows?: number;
  /** The id of a datalist. */
  readonly list?: string;
}

export function FormText({ name, label, hint, isRequired, rules, rows, type = 'text', ...rest }: TextProps) {
  const { field, error } = useField({ name, isRequired, rules });
  const shared = { ...rest, name, ref: field.ref, onBlur: field.onBlur, 'aria-invalid': error !== undefined };
  return (
    <Field label={label} hint={hint} error={error} isRequired={isRequired}>
      {(ids) =>
        rows === undefined ? (
          <TextInput
            {...ids}
            {...shared}
            type={type}
            aria-required={isRequired}
            value={String(field.value ?? '')}
            onChange={field.onChange}
          />
        ) : (
          <textarea
            {...ids}
            {...shared}
            rows={rows}
            spellCheck={false}
            value={String(field.value ?? '')}
            onChange={field.onChange}
            className={`${controlShape} w-full font-mono text-xs`}
          />
        )
      }
    </Field>
  );
}

interface SelectProps extends InputProps {
  readonly options: readonly { readonly value: string; readonly text: string }[];
}

export function FormSelect({ name, label, hint, isRequired, rules, options }: SelectProps) {
  const { field, error } = useField({ name, isRequired, rules });
  return (
    <Field label={label} hint={hint} error={error} isRequired={isRequired}>
      {(ids) => (
        <Select {...ids} name={name} ref={field.ref} value={String(field.value ?? '')} onChange={field.onChange}>
          {options.map(({ value, text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

export function FormSwitch({ name, label, hint }: InputProps) {
  const { field, error } = useField({ name });
  return (
    <div className="flex items-center justify-between gap-4">
      <div className="min-w-0">
        <p className="font-medium">{label}</p>
        {hint !== undefined && <p className="text-muted text-xs">{hint}</p>}
        {error !== undefined && (
          <p role="alert" className="text-bad text-xs">
            {error}
          </p>
        )}
      </div>
      <Switch label={label} isOn={field.value === true} onChange={field.onChange} />
    </div>
  );
}

function useField({ name, isRequired, rules }: Pick<InputProps, 'name' | 'isRequired' | 'rules'>) {
  const { t } = useTranslation();
  const { field, fieldState } = useController({
    name,
    rules: { ...(isRequired === true && { required: t('form.required') }), ...rules },
  });
  return { field, error: fieldState.error?.message };
}
