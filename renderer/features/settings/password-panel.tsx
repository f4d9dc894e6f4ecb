import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
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
        <PasswordForm isSet={isSet} />
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
        <Field label={t('settings.currentPassword')} isRequired>
          {(ids) => (
            <TextInput
              {...ids}
              type="password"
              autoComplete="current-password"
              required
              value={current}
              onChange={({ target }) => setCurrent(target.value)}
            />
          )}
        </Field>
      )}
      <Field label={t('settings.newPassword')} hint={t('settings.newPasswordHint')}>
        {(ids) => (
          <TextInput
            {...ids}
            type="password"
            autoComplete="new-password"
            required
            minLength={10}
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
        )}
      </Field>
      {failure && <FailureNotice failure={failure} onRetry={set.forget} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" disabled={set.isRunning}>
          {t('settings.setPassword')}
        </Button>
        {isSet && (
          <Button look="danger" onClick={() => void clear.run(told).then(empty, nothing)}>
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
