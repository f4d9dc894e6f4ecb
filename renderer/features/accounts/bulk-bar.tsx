import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../components/account-state.tsx';
import { Button } from '../../components/button.tsx';
import { useChange } from '../../stores/api.ts';

interface Props {
  readonly accounts: readonly Account[];
  onDone(): void;
}

const outdated = ['listAccounts', 'status', 'accountTimeline'] as const;

/** The same for all accounts that are picked, one after the other; what did not work is said by name. */
export function BulkBar({ accounts, onDone }: Props) {
  const { t } = useTranslation();
  const [told, setTold] = useState('');
  const pause = useChange('pauseAccount', outdated);
  const resume = useChange('resumeAccount', outdated);
  const test = useChange('testAccount', outdated);
  const isRunning = pause.isRunning || resume.isRunning || test.isRunning;
  const each = async (run: (account: Account) => Promise<boolean>) => {
    const failed: string[] = [];
    for (const account of accounts) if (!(await run(account).catch(() => false))) failed.push(account.name);
    const count = accounts.length - failed.length;
    setTold(
      failed.length === 0 ? t('accounts.bulkDone', { count }) : t('accounts.bulkFailed', { names: failed.join(', ') }),
    );
    if (failed.length === 0) onDone();
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      {accounts.length > 0 && (
        <>
          <span className="text-muted">{t('accounts.picked', { count: accounts.length })}</span>
          <Button
            needs="testAccount"
            disabled={isRunning}
            onClick={() => void each(({ id }) => test.run({ id }).then(({ ok }) => ok))}
          >
            {t('accounts.testThem')}
          </Button>
          <Button
            needs="pauseAccount"
            disabled={isRunning}
            onClick={() => void each(({ id }) => pause.run({ id }).then(() => true))}
          >
            {t('accounts.pauseThem')}
          </Button>
          <Button
            needs="resumeAccount"
            disabled={isRunning}
            onClick={() => void each(({ id }) => resume.run({ id }).then(() => true))}
          >
            {t('accounts.resumeThem')}
          </Button>
        </>
      )}
      <span aria-live="polite" className="text-muted text-xs">
        {told}
      </span>
    </div>
  );
}
