import type { ComponentProps, ReactNode } from 'react';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger';

interface Props extends ComponentProps<'button'> {
  readonly look?: Look;
  readonly icon?: ReactNode;
}

const looks: Readonly<Record<Look, string>> = {
  primary: 'bg-accent text-onaccent hover:brightness-110 border-transparent',
  secondary: 'bg-surface text-text border-line hover:border-edge',
  quiet: 'text-muted border-transparent hover:bg-sunken hover:text-text',
  danger: 'bg-surface text-bad border-line hover:border-bad',
};

const shape =
  'inline-flex min-h-8 items-center justify-center gap-1.5 rounded-lg border px-3 font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-50';

/** Says what it does: a verb and its object. */
export function Button({ look = 'secondary', icon, children, className = '', ...rest }: Props) {
  return (
    <button type="button" {...rest} className={`${shape} ${looks[look]} ${className}`}>
      {icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends ComponentProps<'button'> {
  /** Read out, and shown as a hint. */
  readonly label: string;
}

export function IconButton({ label, children, className = '', ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`inline-flex size-8 items-center justify-center rounded-lg text-muted transition-colors hover:bg-sunken hover:text-text ${className}`}
    >
      {children}
    </button>
  );
}
