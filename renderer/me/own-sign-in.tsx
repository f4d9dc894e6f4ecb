import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MeOutput } from '../../app/server/me/contract.ts';
import { Button } from '../components/button.tsx';
import { Enrolment, RecoveryCodes } from '../components/enrolment.tsx';
import { FailureNotice } from '../components/failure-notice.tsx';
import { Panel } from '../components/panel.tsx';
import { PasswordField } from '../components/password-field.tsx';
import { type Answer, ask, type Failure } from './api.ts';

type Own = MeOutput<'showSignIn'>;

/** A member's own password and second factor. */
export function OwnSignIn() {
  const { t } = useTranslation();
  const [own, setOwn] = useState<Own>();
  const [failure, setFailure] = useState<Failure>();
  const [loadedAt, setLoadedAt] = useState<number>();
  const take = (answer: Answer<Own>) => {
    setFailure('failure' in answer ? answer.failure : undefined);
    if ('value' in answer) {
      setOwn(answer.value);
      setLoadedAt(Date.now());
    }
  };
  const look = async () => take(await ask('showSignIn', {}));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => void look(), []);
  return (
    <Panel heading={t('mine.signIn')} resource={{ value: own, failure, loadedAt, refresh: look }}>
      <div className="flex flex-col gap-6 px-5 pb-5">
        {own && !own.mayChange && <p className="text-muted">{t('mine.keyOnly')}</p>}
        {own?.mayChange && <Password hasPassword={own.hasPassword} onChanged={setOwn} />}
        {own?.factor && <Factor own={own} onChanged={look} />}
      </div>
    </Panel>
  );
}

function Password({ hasPassword, onChanged }: { readonly hasPassword: boolean; onChanged(own: Own): void }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [outcome, setOutcome] = useState<Failure | 'done'>();
  const save = async () => {
    const answer = await ask('setPassword', { password, ...(hasPassword && { current }) });
    if ('failure' in answer) return setOutcome(answer.failure);
    setOutcome('done');
    setCurrent('');
    setPassword('');
    onChanged(answer.value);
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-3">
      <h3 className="font-medium">{t('mine.password')}</h3>
      {hasPassword && (
        <PasswordField
          label={t('mine.currentPassword')}
          autoComplete="current-password"
          value={current}
          onChange={setCurrent}
        />
      )}
      <PasswordField
        label={t('mine.newPassword')}
        hint={t('mine.newPasswordHint')}
        autoComplete="new-password"
        minLength={10}
        value={password}
        onChange={setPassword}
      />
      <Button type="submit" className="self-start">
        {t('mine.setPassword')}
      </Button>
      {outcome === 'done' && <p role="status">{t('mine.passwordSet')}</p>}
      {outcome && outcome !== 'done' && <FailureNotice failure={outcome} onRetry={() => setOutcome(undefined)} />}
    </form>
  );
}

interface FactorProps {
  readonly own: Own;
  onChanged(): Promise<void>;
}

function Factor({ own: { hasPassword, factor }, onChanged }: FactorProps) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [begun, setBegun] = useState<MeOutput<'beginSecondFactor'>>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [failure, setFailure] = useState<Failure>();
  const told = hasPassword ? { current } : {};
  const run = async <Value,>(asked: Promise<Answer<Value>>, then: (value: Value) => void) => {
    const answer = await asked;
    setFailure('failure' in answer ? answer.failure : undefined);
    if ('failure' in answer) return;
    setCurrent('');
    then(answer.value);
    await onChanged();
  };
  const begin = (event: FormEvent) => {
    event.preventDefault();
    setCodes(undefined);
    void run(ask('beginSecondFactor', told), setBegun);
  };
  const confirm = (code: string) =>
    void run(ask('confirmSecondFactor', { code }), ({ recoveryCodes }) => {
      setBegun(undefined);
      setCodes(recoveryCodes);
    });
  const remove = () =>
    void run(ask('removeSecondFactor', told), () => {
      setBegun(undefined);
      setCodes(undefined);
    });
  return (
    <section aria-label={t('mine.factor')} className="flex flex-col gap-3">
      <form onSubmit={begin} className="flex w-full flex-col gap-3">
        <h3 className="font-medium">{t('mine.factor')}</h3>
        <p className="text-muted">
          {factor?.isOn ? t('mine.factorOn', { count: factor.recoveryCodesLeft }) : t('mine.factorOff')}
        </p>
        {hasPassword && (
          <PasswordField
            label={t('mine.passwordForFactor')}
            autoComplete="current-password"
            value={current}
            onChange={setCurrent}
          />
        )}
        <div className="flex flex-wrap gap-2">
          <Button type="submit">{t('mine.factorBegin')}</Button>
          {factor?.isOn && (
            <Button look="danger" onClick={remove}>
              {t('mine.factorRemove')}
            </Button>
          )}
        </div>
      </form>
      {failure && <FailureNotice failure={failure} onRetry={() => setFailure(undefined)} />}
      {begun && <Enrolment {...begun} onCode={confirm} />}
      {codes && <RecoveryCodes codes={codes} />}
    </section>
  );
}
