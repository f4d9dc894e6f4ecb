import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { CommandLine } from '../../components/command-line.tsx';

interface Props {
  readonly url: string;
  readonly hasAccount: boolean;
  readonly hasKey: boolean;
}

/** The steps between a person and the first call; what is done is ticked. */
export function SetupPanel({ url, hasAccount, hasKey }: Props) {
  const { t } = useTranslation();
  const start = startCommand({ url, key: t('setup.placeholder'), isWindows: navigator.userAgent.includes('Windows') });
  return (
    <section aria-labelledby="setup" className="rounded-xl border border-line bg-surface px-5 pt-4 pb-5">
      <header className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 id="setup" className="font-semibold text-[0.9375rem]">
          {t('setup.heading')}
        </h2>
        <Link to="/welcome" className="inline-flex min-h-6 items-center text-accent underline">
          {t('setup.guide')}
        </Link>
      </header>
      <ol className="mt-3 flex flex-col gap-4">
        <Step number={1} text={t('setup.account')} isDone={hasAccount}>
          <PageLink to="/accounts" text={t('setup.toAccounts')} />
        </Step>
        <Step number={2} text={t('setup.key')} isDone={hasKey}>
          <PageLink to="/team?tab=keys" text={t('setup.toKeys')} />
        </Step>
        <Step number={3} text={t('setup.run')} isDone={false}>
          <CommandLine text={start} />
        </Step>
      </ol>
    </section>
  );
}

function PageLink({ to, text }: { readonly to: string; readonly text: string }) {
  return (
    <Link
      to={to}
      className="inline-flex min-h-8 items-center self-start rounded-lg border border-line bg-surface px-3 font-medium hover:border-edge"
    >
      {text}
    </Link>
  );
}

interface StepProps {
  readonly number: number;
  readonly text: string;
  readonly isDone: boolean;
  /** What to do; nothing once it is done. */
  readonly children: ReactNode;
}

function Step({ number, text, isDone, children }: StepProps) {
  const { t } = useTranslation();
  return (
    <li className="flex min-w-0 gap-3">
      <span
        aria-hidden="true"
        className={`inline-flex size-6 shrink-0 items-center justify-center rounded-full text-xs ${isDone ? 'bg-soft text-accent' : 'border border-edge text-muted'}`}
      >
        {isDone ? <Check className="size-3.5" /> : number}
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <p className={isDone ? 'text-muted' : 'font-medium'}>
          {text}
          {isDone && <span className="sr-only"> {t('setup.done')}</span>}
        </p>
        {!isDone && children}
      </div>
    </li>
  );
}

interface Start {
  readonly url: string;
  readonly key: string;
  readonly isWindows: boolean;
}

/** In the words of the shell that people have there. */
export function startCommand({ url, key, isWindows }: Start): string {
  const settings = [
    ['ANTHROPIC_BASE_URL', url],
    ['ANTHROPIC_AUTH_TOKEN', key],
  ] as const;
  const lines = settings.map(([name, value]) =>
    isWindows ? `$env:${name} = "${value}"` : `export ${name}="${value}"`,
  );
  return [...lines, 'claude'].join('\n');
}
