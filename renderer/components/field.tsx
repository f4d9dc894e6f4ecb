import { Switch as BaseSwitch } from '@base-ui/react/switch';
import { type ComponentProps, type ReactNode, useId } from 'react';

interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly isRequired?: boolean | undefined;
  /** Gets the ids that tie it to its label, its hint and its error. */
  readonly children: (ids: { readonly id: string; readonly 'aria-describedby': string | undefined }) => ReactNode;
}

/** A control with what is said about it. */
export function Field({ label, hint, error, isRequired, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
        {isRequired && (
          <span aria-hidden="true" className="text-muted">
            {' *'}
          </span>
        )}
      </label>
      {children({ id, 'aria-describedby': note === undefined ? undefined : `${id}-note` })}
      {note !== undefined && (
        <p id={`${id}-note`} role={error === undefined ? undefined : 'alert'} className={noteColour(error)}>
          {note}
        </p>
      )}
    </div>
  );
}

function noteColour(error: string | undefined): string {
  return `text-xs ${error === undefined ? 'text-muted' : 'text-bad'}`;
}

export const controlShape =
  'min-h-9 rounded-lg border border-edge bg-surface px-3 py-1.5 text-text placeholder:text-muted disabled:opacity-50';

export function TextInput({ className = '', ...rest }: ComponentProps<'input'>) {
  return (
    <input
      type="text"
      autoComplete="off"
      spellCheck={false}
      {...rest}
      className={`${controlShape} w-full ${className}`}
    />
  );
}

interface SelectProps extends ComponentProps<'select'> {
  /** As wide as what it holds, beside others; over the whole width otherwise. */
  readonly isNarrow?: boolean;
}

export function Select({ isNarrow = false, children, ...rest }: SelectProps) {
  return (
    <select {...rest} className={`${controlShape} ${isNarrow ? '' : 'w-full'}`}>
      {children}
    </select>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly isDisabled?: boolean;
  onChange(isOn: boolean): void;
}

export function Switch({ label, isOn, isDisabled = false, onChange }: SwitchProps) {
  return (
    <BaseSwitch.Root
      aria-label={label}
      checked={isOn}
      disabled={isDisabled}
      onCheckedChange={onChange}
      className="relative inline-flex h-6 w-10 shrink-0 items-center rounded-full border border-edge bg-sunken p-0.5 transition-colors data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
    >
      <BaseSwitch.Thumb className="size-4.5 rounded-full bg-edge transition-transform data-checked:translate-x-4 data-checked:bg-onaccent" />
    </BaseSwitch.Root>
  );
}
