import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../components/account-state.tsx';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatDuration } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';
import { SignInSteps } from './sign-in-steps.tsx';
import { Terms } from './terms.tsx';

interface Props {
  readonly account: Account;
  onRemoved(): void;
}

const outdated = ['listAccounts', 'status', 'accountTimeline'] as const;

/** What can be done with it at once. */
export function AccountActions({ account, onRemoved }: Props) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<'remove' | 'sign-in' | 'terms'>();
  const test = useChange('testAccount', outdated);
  const pause = useChange('pauseAccount', outdated);
  const resume = useChange('resumeAccount', outdated);
  const accept = useChange('updateAccount', outdated);
  const failure = test.failure ?? pause.failure ?? resume.failure ?? accept.failure;
  const { id, name, isEnabled, subscription } = account;
  const close = () => setShown(undefined);
  const forget = () => {
    for (const change of [test, pause, resume, accept]) change.forget();
  };
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button needs="testAccount" disabled={test.isRunning} onClick={() => void test.run({ id }).catch(nothing)}>
          {t(test.isRunning ? 'accounts.testing' : 'accounts.test')}
        </Button>
        <Button
          needs={isEnabled ? 'pauseAccount' : 'resumeAccount'}
          disabled={pause.isRunning || resume.isRunning}
          onClick={() => void (isEnabled ? pause : resume).run({ id }).catch(nothing)}
        >
          {t(isEnabled ? 'accounts.pause' : 'accounts.resume')}
        </Button>
        {subscription?.termsAcceptedAt === null && (
          <Button needs="updateAccount" look="primary" onClick={() => setShown('terms')}>
            {t('accounts.showTerms')}
          </Button>
        )}
        {subscription && (
          <Button needs="startLogin" onClick={() => setShown('sign-in')}>
            {t('accounts.signInAgain')}
          </Button>
        )}
        <Button needs="removeAccount" look="danger" onClick={() => setShown('remove')}>
          {t('accounts.remove')}
        </Button>
      </div>
      {failure && <FailureNotice failure={failure} onRetry={forget} />}
      <TestOutcome result={test.result} />
      <Dialog isOpen={shown === 'sign-in'} title={t('accounts.signInAgain')} note={name} onClose={close}>
        <SignInSteps ask={{ target: { accountId: id } }} onDone={close} onBack={close} />
      </Dialog>
      <Dialog isOpen={shown === 'terms'} title={t('accounts.showTerms')} note={name} onClose={close}>
        <Terms onAccept={() => void accept.run({ id, acceptTerms: true }).catch(nothing).finally(close)} />
      </Dialog>
      {shown === 'remove' && <RemoveDialog account={account} onClose={close} onRemoved={onRemoved} />}
    </>
  );
}

interface RemoveProps extends Props {
  onClose(): void;
}

/** Says which keys would be left without an account. */
function RemoveDialog({ account: { id, name }, onClose, onRemoved }: RemoveProps) {
  const { t } = useTranslation();
  const remove = useChange('removeAccount', outdated);
  const keys = useApi('listKeys', {}).value ?? [];
  const bound = keys.filter(({ accountId }) => accountId === id).map((key) => key.name);
  const notes = [
    t('accounts.removeNote'),
    ...(bound.length > 0 ? [t('accounts.removeBound', { count: bound.length, names: bound.join(', ') })] : []),
    ...(remove.failure ? [remove.failure.message] : []),
  ];
  return (
    <ConfirmDialog
      isOpen
      title={t('accounts.removeTitle', { name })}
      note={notes.join(' ')}
      action={t('accounts.remove')}
      onClose={onClose}
      onConfirm={() => void remove.run({ id }).then(onRemoved, nothing)}
    />
  );
}

type TestResult = ReturnType<typeof useChange<'testAccount'>>['result'];

function TestOutcome({ result }: { readonly result: TestResult }) {
  const { t, i18n } = useTranslation();
  if (!result) return null;
  const { ok, model, durationMs, message } = result;
  const words = { model, time: formatDuration(durationMs, i18n.language) };
  return (
    <p role="status" className="flex items-baseline gap-2 rounded-lg bg-sunken px-3 py-2">
      <StateMark tone={ok ? 'good' : 'bad'} />
      <span>
        {model === '' ? '' : t(ok ? 'accounts.testGood' : 'accounts.testBad', words)} {(!ok || model === '') && message}
      </span>
    </p>
  );
}

function nothing(): void {
  // The change holds its failure, and the pane shows it.
}
