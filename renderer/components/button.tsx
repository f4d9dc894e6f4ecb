import type { ComponentProps, ReactNode } from 'react';
import type { RouteName } from '../../app/server/admin/contract.ts';
import { useMay } from './allowed.tsx';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger';

interface Gated extends ComponentProps<'button'> {
  /** What it leads to: who may not call that does not see it. */
  readonly needs?: RouteName | undefined;
}

interface Props extends Gated {
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
export function Button({ look = 'secondary', icon, needs, children, className = '', ...rest }: Props) {
  const may = useMay();
  if (needs !== undefined && !may(needs)) return null;
  return (
    <button type="button" {...rest} className={`${shape} ${looks[look]} ${className}`}>
      {icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends Gated {
  /** Read out, and shown as a hint. */
  readonly label: string;
}

export function IconButton({ label, needs, children, className = '', ...rest }: IconButtonProps) {
  const may = useMay();
  if (needs !== undefined && !may(needs)) return null;
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`inline-flex size-8 items-center justify-center rounded-lg text-muted transition-colors hover:bg-sunken hover:text-text disabled:pointer-events-none disabled:opacity-40 ${className}`}
    >
      {children}
    </button>
  );
}
