import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Allowed } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { Enrolment, RecoveryCodes } from '../../components/enrolment.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { PasswordField } from '../../components/password-field.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';
import type { Member } from './member-values.ts';

/** How a member signs in: to their own page, and with a one-time code to the admin pages from another computer. */
export function MemberSignIn({ member }: { readonly member: Member }) {
  const { t } = useTranslation();
  return (
    <section className="flex flex-col gap-4">
      <h3 className="font-semibold">{t('memberSignIn.heading')}</h3>
      <Ways id={member.id} />
      <Allowed to="setMemberPassword">
        <PasswordForm id={member.id} />
      </Allowed>
      {member.role !== 'member' && <SecondFactor id={member.id} />}
    </section>
  );
}

function Ways({ id }: { readonly id: string }) {
  const { t, i18n } = useTranslation();
  const signIn = useApi('showMemberSignIn', { id });
  const remove = useChange('removeMemberSignIn', ['showMemberSignIn']);
  const ways = signIn.value?.ways ?? [];
  if (ways.length === 0) return <p className="text-muted">{t('memberSignIn.keysOnly')}</p>;
  return (
    <ul className="flex flex-col gap-2">
      {ways.map(({ way, updatedAt }) => (
        <li key={way} className="flex flex-wrap items-center justify-between gap-3">
          <span>
            {t(`memberSignIn.way-${way}`)}{' '}
            <span className="text-muted text-xs">{formatPast(updatedAt, i18n.language, Date.now())}</span>
          </span>
          <Button needs="removeMemberSignIn" onClick={() => void remove.run({ id, way }).catch(nothing)}>
            {t(`memberSignIn.remove-${way}`)}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function PasswordForm({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const set = useChange('setMemberPassword', ['showMemberSignIn']);
  const [password, setPassword] = useState('');
  const save = (event: FormEvent) => {
    event.preventDefault();
    void set.run({ id, password }).then(() => setPassword(''), nothing);
  };
  return (
    <form onSubmit={save} className="flex flex-col gap-3">
      <PasswordField
        label={t('memberSignIn.password')}
        hint={t('memberSignIn.passwordHint')}
        autoComplete="new-password"
        minLength={10}
        value={password}
        onChange={setPassword}
      />
      {set.failure && <FailureNotice failure={set.failure} onRetry={set.forget} />}
      <Button type="submit" className="self-start" disabled={set.isRunning}>
        {t('memberSignIn.setPassword')}
      </Button>
    </form>
  );
}

function SecondFactor({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const state = useApi('showSecondFactor', { id });
  const begin = useChange('beginSecondFactor', ['showSecondFactor']);
  const confirm = useChange('confirmSecondFactor', ['showSecondFactor']);
  const remove = useChange('removeSecondFactor', ['showSecondFactor']);
  const isOn = state.value?.isOn === true;
  const codes = confirm.result?.recoveryCodes;
  return (
    <div className="flex flex-col items-start gap-3">
      <h4 className="font-medium">{t('memberSignIn.factor')}</h4>
      <p className="text-muted">
        {isOn
          ? t('memberSignIn.factorOn', { count: state.value?.recoveryCodesLeft ?? 0 })
          : t('memberSignIn.factorOff')}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button
          needs="beginSecondFactor"
          disabled={begin.isRunning}
          onClick={() => void begin.run({ id }).then(confirm.forget, nothing)}
        >
          {t('memberSignIn.factorBegin')}
        </Button>
        {isOn && (
          <Button needs="removeSecondFactor" look="danger" onClick={() => void remove.run({ id }).catch(nothing)}>
            {t('memberSignIn.factorRemove')}
          </Button>
        )}
      </div>
      {begin.result && !codes && (
        <Enrolment {...begin.result} onCode={(code) => void confirm.run({ id, code }).catch(nothing)} />
      )}
      {confirm.failure && <FailureNotice failure={confirm.failure} onRetry={confirm.forget} />}
      {codes && <RecoveryCodes codes={codes} />}
    </div>
  );
}

function nothing(): void {
  // The change holds its failure, and the section shows it.
}
