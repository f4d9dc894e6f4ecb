import { type ReactNode, useId, useState } from 'react';
import type { Say } from './words.ts';

interface CopyProps {
  readonly text: string;
  /** What a screen reader says. */
  readonly label: string;
  readonly say: Say;
}

/** Something to paste elsewhere, with its copy button. */
export function CopyBox({ text, label, say }: CopyProps) {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>();
  // A page without encryption has no clipboard: the text can be selected then.
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => setOutcome('copied'),
      () => setOutcome('refused'),
    ) ?? setOutcome('refused');
  return (
    <div className="flex flex-col gap-1 rounded-lg border border-line bg-sunken p-2 sm:flex-row sm:items-start sm:justify-between">
      <pre className="min-w-0 select-all whitespace-pre-wrap break-words px-1 py-1 font-mono text-[0.8125rem] leading-5 [overflow-wrap:anywhere]">
        {text}
      </pre>
      <button
        type="button"
        aria-label={label}
        onClick={() => void copy()}
        className="min-h-8 shrink-0 cursor-pointer self-end rounded-full px-3 font-medium text-accent text-xs hover:bg-soft sm:self-auto"
      >
        <span aria-live="polite">{say(outcome ?? 'copy')}</span>
      </button>
    </div>
  );
}

interface ChoiceProps<Name extends string> {
  readonly label: string;
  readonly value: Name;
  readonly options: readonly (readonly [Name, string])[];
  onChange(name: Name): void;
}

/** One of a few. */
export function Choice<Name extends string>({ label, value, options, onChange }: ChoiceProps<Name>) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={({ target }) => {
          const chosen = options.find(([name]) => name === target.value);
          if (chosen) onChange(chosen[0]);
        }}
        className="min-h-11 min-w-0 rounded-lg border border-edge bg-surface px-2"
      >
        {options.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3 rounded-xl border border-line bg-surface p-4">
      <h2 className="font-semibold text-base">{title}</h2>
      {children}
    </section>
  );
}

export function Notice({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div role="alert" className="rounded-lg border border-bad bg-surface p-3">
      <p className="font-semibold text-bad">{title}</p>
      <p>{text}</p>
    </div>
  );
}

export const bigButton =
  'min-h-11 cursor-pointer rounded-lg border border-transparent bg-accent px-4 font-medium text-onaccent hover:brightness-110 disabled:cursor-not-allowed disabled:opacity-50';
export const plainButton =
  'min-h-11 cursor-pointer rounded-lg border border-line bg-surface px-4 font-medium hover:border-edge disabled:opacity-50';
