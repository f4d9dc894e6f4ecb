import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Account, AccountState, AccountWhy } from '../../components/account-state.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { useMaskedName } from '../../components/masked.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { AccountActions } from './account-actions.tsx';
import { ActivityTab } from './activity-tab.tsx';
import { ErrorsTab } from './errors-tab.tsx';
import { LimitsTab } from './limits-tab.tsx';
import { ModelsTab } from './models-tab.tsx';
import { OverviewTab } from './overview-tab.tsx';

interface Props {
  readonly account: Account;
  onClose(): void;
}

const names = ['overview', 'limits', 'models', 'errors', 'activity'] as const;
type Name = (typeof names)[number];

/** One account from all sides. */
export function AccountPane({ account, onClose }: Props) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<Name>('overview');
  const contents = {
    overview: <OverviewTab account={account} />,
    limits: <LimitsTab account={account} />,
    models: <ModelsTab account={account} />,
    errors: <ErrorsTab id={account.id} />,
    activity: <ActivityTab id={account.id} />,
  };
  return (
    <Dialog
      isPane
      isOpen
      title={useMaskedName(account.name)}
      note={t(`provider.${account.provider}`)}
      onClose={onClose}
    >
      <div className="flex flex-col gap-5">
        <div>
          <AccountState account={account} />
          <p className="pl-5">
            <AccountWhy account={account} />
          </p>
        </div>
        <AccountActions account={account} onRemoved={onClose} />
        <Tabs<Name>
          label={t('accounts.parts')}
          tabs={names.map((name) => ({ name, title: t(`accounts.tab-${name}`), content: contents[name] }))}
          value={tab}
          onChange={setTab}
        />
      </div>
    </Dialog>
  );
}
