import { Field, TextInput } from './field.tsx';

interface Props {
  readonly label: string;
  /** New: the browser offers one, and this many characters are the least. */
  readonly autoComplete: 'current-password' | 'new-password';
  readonly minLength?: number;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly isRequired?: boolean;
  readonly value: string;
  onChange(value: string): void;
}

/** What nobody may read on the screen. */
export function PasswordField({ label, hint, error, isRequired, onChange, ...input }: Props) {
  return (
    <Field label={label} hint={hint} error={error} isRequired={isRequired}>
      {(ids) => (
        <TextInput {...ids} {...input} type="password" required onChange={({ target }) => onChange(target.value)} />
      )}
    </Field>
  );
}
