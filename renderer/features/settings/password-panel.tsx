import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Allowed } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { PasswordField } from '../../components/password-field.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { useSession } from '../../stores/session.ts';

/** A second way in, for a browser without a link; and the way out. */
export function PasswordPanel() {
  const { t } = useTranslation();
  const state = useApi('showPassword', {});
  const lock = useSession((session) => session.lock);
  const isSet = state.value?.isSet === true;
  return (
    <Panel heading={t('settings.password')} resource={state}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p className="max-w-prose text-muted">
          {t(isSet ? 'settings.passwordIsSet' : 'settings.passwordUnset')} {t('settings.passwordNote')}
        </p>
        <Allowed to="setPassword">
          <PasswordForm isSet={isSet} />
        </Allowed>
        <Button className="self-start" onClick={() => void lock()}>
          {t('settings.lock')}
        </Button>
      </div>
    </Panel>
  );
}

function PasswordForm({ isSet }: { readonly isSet: boolean }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const set = useChange('setPassword', ['showPassword', 'listSignIns']);
  const clear = useChange('clearPassword', ['showPassword']);
  const failure = set.failure ?? clear.failure;
  const told = isSet ? { current } : {};
  const empty = () => {
    setCurrent('');
    setPassword('');
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    void set.run({ password, ...told }).then(empty, nothing);
  };
  return (
    <form onSubmit={save} className="flex max-w-xl flex-col gap-4">
      {isSet && (
        <PasswordField
          label={t('settings.currentPassword')}
          isRequired
          autoComplete="current-password"
          value={current}
          onChange={setCurrent}
        />
      )}
      <PasswordField
        label={t('settings.newPassword')}
        hint={t('settings.newPasswordHint')}
        autoComplete="new-password"
        minLength={10}
        value={password}
        onChange={setPassword}
      />
      {failure && <FailureNotice failure={failure} onRetry={set.forget} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" disabled={set.isRunning}>
          {t('settings.setPassword')}
        </Button>
        {isSet && (
          <Button needs="clearPassword" look="danger" onClick={() => void clear.run(told).then(empty, nothing)}>
            {t('settings.clearPassword')}
          </Button>
        )}
      </div>
    </form>
  );
}

function nothing(): void {
  // The change holds its failure, and the form shows it.
}
