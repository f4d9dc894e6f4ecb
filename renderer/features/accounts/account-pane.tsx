import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Account, AccountState, AccountWhy } from '../../components/account-state.tsx';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { LimitGauges } from '../../components/limit-gauges.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatDuration, formatPast } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';

interface Props {
  readonly account: Account;
  onClose(): void;
}

const outdated = ['listAccounts', 'status', 'accountTimeline'] as const;

/** One account: test it, pause it, take it away, and what became of it lately. */
export function AccountPane({ account, onClose }: Props) {
  const { t } = useTranslation();
  const [isRemoving, setRemoving] = useState(false);
  const test = useChange('testAccount', outdated);
  const pause = useChange('pauseAccount', outdated);
  const resume = useChange('resumeAccount', outdated);
  const remove = useChange('removeAccount', outdated);
  const failure = test.failure ?? pause.failure ?? resume.failure ?? remove.failure;
  const { id, name, isEnabled } = account;
  const isBusy = pause.isRunning || resume.isRunning;
  return (
    <Dialog isPane isOpen title={name} note={t(`provider.${account.provider}`)} onClose={onClose}>
      <div className="flex flex-col gap-6">
        <div>
          <AccountState account={account} />
          <p className="pl-5">
            <AccountWhy account={account} />
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button disabled={test.isRunning} onClick={() => void test.run({ id }).catch(nothing)}>
            {t(test.isRunning ? 'accounts.testing' : 'accounts.test')}
          </Button>
          <Button disabled={isBusy} onClick={() => void (isEnabled ? pause : resume).run({ id }).catch(nothing)}>
            {t(isEnabled ? 'accounts.pause' : 'accounts.resume')}
          </Button>
          <Button look="danger" onClick={() => setRemoving(true)}>
            {t('accounts.remove')}
          </Button>
        </div>
        {failure && <FailureNotice failure={failure} onRetry={() => void test.run({ id }).catch(nothing)} />}
        <TestOutcome id={id} result={test.result} />
        <section>
          <h3 className="mb-2 font-semibold">{t('accounts.limits')}</h3>
          <LimitGauges account={account} most={12} />
        </section>
        <History id={id} />
      </div>
      <ConfirmDialog
        isOpen={isRemoving}
        title={t('accounts.removeTitle', { name })}
        note={t('accounts.removeNote')}
        action={t('accounts.remove')}
        onClose={() => setRemoving(false)}
        onConfirm={() =>
          void remove
            .run({ id })
            .then(onClose, nothing)
            .finally(() => setRemoving(false))
        }
      />
    </Dialog>
  );
}

type TestResult = ReturnType<typeof useChange<'testAccount'>>['result'];

function TestOutcome({ result }: { readonly id: string; readonly result: TestResult }) {
  const { t, i18n } = useTranslation();
  if (!result) return null;
  return (
    <p role="status" className="flex items-baseline gap-2 rounded-lg bg-sunken px-3 py-2">
      <StateMark tone={result.ok ? 'good' : 'bad'} />
      <span>
        {t(result.ok ? 'accounts.testGood' : 'accounts.testBad', {
          model: result.model,
          time: formatDuration(result.durationMs, i18n.language),
        })}{' '}
        {!result.ok && result.message}
      </span>
    </p>
  );
}

/** How its state changed, the newest first. */
function History({ id }: { readonly id: string }) {
  const { t, i18n } = useTranslation();
  const timeline = useApi('accountTimeline', { id, limit: 20 });
  const entries = timeline.value ?? [];
  return (
    <section>
      <h3 className="mb-2 font-semibold">{t('accounts.history')}</h3>
      {timeline.failure && <FailureNotice failure={timeline.failure} onRetry={() => void timeline.refresh()} />}
      {timeline.value && entries.length === 0 && <p className="text-muted">{t('accounts.noHistory')}</p>}
      <ol className="flex flex-col gap-2">
        {entries.map(({ at, state, reason }) => (
          <li key={`${at} ${state}`} className="grid grid-cols-[8.5rem_1fr] gap-3">
            <time dateTime={new Date(at).toISOString()} className="text-muted tabular-nums">
              {formatPast(at, i18n.language, Date.now())}
            </time>
            <span>
              <span className="font-medium">{t(`accounts.${state}`)}</span> <span className="text-muted">{reason}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function nothing(): void {
  // The change holds its failure, and the pane shows it.
}
