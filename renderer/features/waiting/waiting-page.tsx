import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Trouble, Way } from '../../../app/server/admin/contract-waiting.ts';
import { Button } from '../../components/button.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useWaiting } from '../../stores/waiting.ts';

/** Over the whole window: what stands in the way of a start, and the two things that can be done about it. */
export function WaitingPage() {
  const { t } = useTranslation();
  const { trouble, failure, isEnded, look } = useWaiting();
  useEffect(() => void look(), [look]);
  if (isEnded) return <Frame heading={t('waiting.ended')} note={t('waiting.endedNote')} />;
  if (!trouble) return <Frame heading={t('state.loading')} note={failure ? t('state.unreachable') : ''} />;
  return (
    <Frame heading={t(`waiting.${trouble.kind}`)} note={t(`waiting.${trouble.kind}-note`)}>
      <Ways trouble={trouble} />
      {failure && (
        <p role="alert" className="flex items-baseline gap-2">
          <StateMark tone="bad" />
          {t('state.refused', { message: failure.message })}
        </p>
      )}
      <Details trouble={trouble} />
    </Frame>
  );
}

interface FrameProps {
  readonly heading: string;
  readonly note: string;
  readonly children?: React.ReactNode;
}

function Frame({ heading, note, children }: FrameProps) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-xl flex-col justify-center gap-5 px-5 py-10">
      <h1 className="flex items-baseline gap-3 font-semibold text-xl">
        <StateMark tone="caution" />
        {heading}
      </h1>
      <p className="text-muted">{note}</p>
      {children}
    </main>
  );
}

function Ways({ trouble }: { readonly trouble: Trouble }) {
  const { isRunning, choose } = useWaiting();
  const [passphrase, setPassphrase] = useState('');
  const [first, second] = trouble.ways;
  const isAsked = first === 'unlock';
  const send = (event: FormEvent) => {
    event.preventDefault();
    void choose(isAsked ? { way: first, passphrase } : { way: first });
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-4">
      {isAsked && <Passphrase value={passphrase} onChange={setPassphrase} />}
      <div className="grid gap-3 sm:grid-cols-2">
        <Choice trouble={trouble} way={first} isFirst isDisabled={isRunning} />
        <Choice trouble={trouble} way={second} isDisabled={isRunning} onChoose={() => void choose({ way: second })} />
      </div>
    </form>
  );
}

function Passphrase({ value, onChange }: { readonly value: string; onChange(text: string): void }) {
  const { t } = useTranslation();
  return (
    <Field label={t('waiting.passphrase')}>
      {(ids) => (
        <TextInput
          {...ids}
          type="password"
          autoComplete="current-password"
          required
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

interface ChoiceProps {
  readonly trouble: Trouble;
  readonly way: Way;
  readonly isFirst?: boolean;
  readonly isDisabled: boolean;
  /** The first is sent with the form. */
  onChoose?(): void;
}

function Choice({ trouble, way, isFirst = false, isDisabled, onChoose }: ChoiceProps) {
  const { t, i18n } = useTranslation();
  const { backupAt, port } = trouble;
  const time = backupAt === undefined ? '' : formatPast(backupAt, i18n.language, Date.now());
  return (
    <div className="flex flex-col gap-2 rounded-xl border border-line bg-surface p-4">
      <Button
        type={isFirst ? 'submit' : 'button'}
        look={isFirst ? 'primary' : 'secondary'}
        disabled={isDisabled}
        {...(onChoose && { onClick: onChoose })}
      >
        {t(`waiting.${way}`)}
      </Button>
      <p className="text-muted text-xs">{t(`waiting.${way}-note`, { time, port: port ?? '' })}</p>
    </div>
  );
}

/** For whoever wants to know, or asks somebody. */
function Details({ trouble: { happened, dataDir } }: { readonly trouble: Trouble }) {
  const { t } = useTranslation();
  return (
    <details className="text-xs">
      <summary className="min-h-6 cursor-pointer text-muted">{t('waiting.details')}</summary>
      <p className="mt-2 break-words">{happened}</p>
      <p className="mt-1 break-all font-mono text-muted">{dataDir}</p>
    </details>
  );
}
