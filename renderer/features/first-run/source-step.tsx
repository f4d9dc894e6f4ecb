import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { AddAccount } from '../accounts/add-account.tsx';
import type { Way } from '../accounts/ways.ts';
import { WhoseLogin } from '../accounts/whose-login.tsx';
import { FoundDataCards } from '../imports/found-data.tsx';
import { ImportDialog } from '../imports/import-dialog.tsx';
import { freeName } from './free-name.ts';
import { StepFrame } from './step-frame.tsx';

interface Props {
  /** Accounts there are. */
  readonly total: number;
  onDone(): void;
}

const offered = ['sign-in', 'key', 'other', 'import'] as const;
const needs = { 'sign-in': 'startLogin', key: 'createAccount', other: 'createAccount', import: 'importData' } as const;

/** Logins that lie here come first: one press each. Everything else is what the Accounts page offers. */
export function SourceStep({ total, onDone }: Props) {
  const { t } = useTranslation();
  const [before] = useState(total);
  const [opened, setOpened] = useState<(typeof offered)[number]>();
  useEffect(() => {
    // Wherever it was added: in a card, in a dialog, or by the command line.
    if (total > before) onDone();
  }, [total, before, onDone]);
  const found = useApi('listFoundLogins', {}, { every: false });
  const data = useApi('listFoundData', {}, { every: false });
  const hasFound = (found.value?.length ?? 0) > 0;
  return (
    <StepFrame title={t('first-run.source')} note={t(hasFound ? 'first-run.foundNote' : 'first-run.nothingFound')}>
      {!found.value && !found.failure && <Skeleton />}
      {found.failure && <FailureNotice failure={found.failure} onRetry={() => void found.refresh()} />}
      {found.value && hasFound && <Found logins={found.value} />}
      {data.value && <FoundDataCards found={data.value} />}
      <div className="flex flex-wrap items-center gap-2">
        {offered.map((one) => (
          <Button
            key={one}
            needs={needs[one]}
            look={one === 'sign-in' && found.value && !hasFound ? 'primary' : 'secondary'}
            onClick={() => setOpened(one)}
          >
            {t(`first-run.by-${one}`)}
          </Button>
        ))}
        <Button look="quiet" className="sm:ml-auto" onClick={onDone}>
          {t('first-run.skip')}
        </Button>
      </div>
      {opened === 'import' && <ImportDialog onClose={() => setOpened(undefined)} />}
      {opened && opened !== 'import' && <AddAccount {...beginOf(opened)} onClose={() => setOpened(undefined)} />}
    </StepFrame>
  );
}

function beginOf(opened: Exclude<(typeof offered)[number], 'import'>): { readonly begin?: Way } {
  return opened === 'other' ? {} : { begin: opened };
}

type Login = NonNullable<ReturnType<typeof useApi<'listFoundLogins'>>['value']>[number];

/** What is accepted stands above the button that accepts it. */
function Found({ logins }: { readonly logins: readonly Login[] }) {
  const { t } = useTranslation();
  const accounts = useApi('listAccounts', {});
  const link = useChange('linkLogin', ['listAccounts', 'status']);
  const names = accounts.value?.map(({ name }) => name);
  const use = ({ provider }: Login) => {
    const name = freeName(t(`provider.${provider}`), names ?? []);
    void link.run({ target: { name, provider, acceptTerms: true } }).catch(() => undefined);
  };
  return (
    <div className="flex flex-col gap-3">
      <div className="flex max-w-prose flex-col gap-2 rounded-lg bg-sunken px-3 py-2.5 text-[0.8125rem]">
        <p className="font-medium">{t('first-run.terms')}</p>
        <p>{t('accounts.termsProvider')}</p>
        <p>{t('accounts.termsUse')}</p>
      </div>
      <ul className="flex flex-col gap-2">
        {logins.map((login) => (
          <li
            key={login.provider}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-lg border border-line px-4 py-3"
          >
            <span className="min-w-0 flex-1 basis-60">
              <span className="block font-medium">{t(`provider.${login.provider}`)}</span>
              <WhoseLogin login={login} />
            </span>
            <Button
              needs="linkLogin"
              look="primary"
              disabled={link.isRunning || names === undefined}
              aria-label={t('first-run.useOf', { name: t(`provider.${login.provider}`) })}
              onClick={() => use(login)}
            >
              {t('first-run.use')}
            </Button>
          </li>
        ))}
      </ul>
      {link.failure && <FailureNotice failure={link.failure} onRetry={link.forget} />}
    </div>
  );
}
