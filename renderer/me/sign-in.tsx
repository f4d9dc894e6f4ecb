import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../components/button.tsx';
import { Field, TextInput } from '../components/field.tsx';
import { PasswordField } from '../components/password-field.tsx';
import type { Failure } from './api.ts';
import { useVisit, type Ways } from './store.ts';

/** Why the way back from an issuer ended here; written into the address by the relay. */
const refusals = ['no-group', 'unknown', 'suspended', 'name-taken', 'failed', 'too-many-tries'] as const;

function refusalOf(hash: string): (typeof refusals)[number] | undefined {
  return refusals.find((one) => hash === `#refused=${one}`);
}

export function SignIn({ ways }: { readonly ways: Ways }) {
  const { t } = useTranslation();
  const refusal = refusalOf(location.hash);
  const isShut = !ways.key && !ways.password && ways.oidc === null;
  return (
    <>
      <h2 className="font-semibold text-[0.9375rem]">{t('mine.heading')}</h2>
      {refusal && (
        <p role="alert" className="text-bad">
          {t(`mine.refused-${refusal}`)}
        </p>
      )}
      {isShut && <p>{t('mine.noWay')}</p>}
      {ways.oidc !== null && <Elsewhere label={ways.oidc} />}
      {ways.key && <KeyForm />}
      {ways.password && <PasswordForm />}
    </>
  );
}

/** What to say of a failure: the relay's own words, where it had any. */
function useWords(): (failure: Failure | undefined) => string | undefined {
  const { t } = useTranslation();
  return (failure) => failure && (failure.message === '' ? t('state.unreachable') : failure.message);
}

function Elsewhere({ label }: { readonly label: string }) {
  const go = useVisit((visit) => visit.signInElsewhere);
  const words = useWords();
  const [failure, setFailure] = useState<Failure>();
  return (
    <div className="flex flex-col gap-2 rounded-xl border border-line bg-surface p-5">
      <Button look="primary" onClick={() => void go().then(setFailure)}>
        {label}
      </Button>
      {failure && (
        <p role="alert" className="text-bad text-xs">
          {words(failure)}
        </p>
      )}
    </div>
  );
}

const form = 'flex flex-col gap-3 rounded-xl border border-line bg-surface p-5';

function KeyForm() {
  const { t } = useTranslation();
  const signIn = useVisit((visit) => visit.signIn);
  const words = useWords();
  const [key, setKey] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(await signIn({ key: key.trim() }));
  };
  return (
    <form onSubmit={(event) => void send(event)} className={form}>
      <h3 className="font-medium">{t('mine.byKey')}</h3>
      <Field label={t('mine.key')} hint={t('mine.keyHint')} error={words(failure)}>
        {(ids) => (
          <TextInput {...ids} type="password" required value={key} onChange={({ target }) => setKey(target.value)} />
        )}
      </Field>
      <Button type="submit" look="primary" className="self-start" aria-label={`${t('mine.enter')}: ${t('mine.key')}`}>
        {t('mine.enter')}
      </Button>
    </form>
  );
}

function PasswordForm() {
  const { t } = useTranslation();
  const signIn = useVisit((visit) => visit.signIn);
  const words = useWords();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(await signIn({ name, password, ...(code !== '' && { code }) }));
  };
  return (
    <form onSubmit={(event) => void send(event)} className={form}>
      <h3 className="font-medium">{t('mine.byPassword')}</h3>
      <Field label={t('mine.name')}>
        {(ids) => (
          <TextInput
            {...ids}
            autoComplete="username"
            autoCapitalize="none"
            required
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        )}
      </Field>
      <PasswordField
        label={t('mine.password')}
        error={words(failure)}
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
      />
      <Field label={t('mine.code')} hint={t('mine.codeHint')}>
        {(ids) => (
          <TextInput
            {...ids}
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            onChange={({ target }) => setCode(target.value)}
          />
        )}
      </Field>
      <Button
        type="submit"
        look="primary"
        className="self-start"
        aria-label={`${t('mine.enter')}: ${t('mine.password')}`}
      >
        {t('mine.enter')}
      </Button>
    </form>
  );
}
