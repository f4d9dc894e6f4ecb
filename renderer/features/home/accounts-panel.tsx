import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { AccountState, AccountWhy } from '../../components/account-state.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { LimitGauges } from '../../components/limit-gauges.tsx';
import { Masked } from '../../components/masked.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCount } from '../../i18n/format.ts';
import type { Answer } from '../../stores/api.ts';

type Account = Output<'listAccounts'>[number];

interface Props {
  readonly resource: Answer<readonly Account[]>;
}

export function AccountsPanel({ resource }: Props) {
  const { t } = useTranslation();
  const accounts = resource.value ?? [];
  return (
    <Panel heading={t('accounts.heading')} resource={resource}>
      {accounts.length > 0 ? <AccountsTable accounts={accounts} /> : <EmptyState text={t('accounts.empty')} />}
    </Panel>
  );
}

function AccountsTable({ accounts }: { readonly accounts: readonly Account[] }) {
  const { t, i18n } = useTranslation();
  const columns: readonly Column<Account>[] = [
    { name: 'name', heading: t('accounts.name'), cell: (account) => <Name account={account} /> },
    { name: 'state', heading: t('accounts.state'), cell: (account) => <AccountState account={account} /> },
    { name: 'why', heading: t('accounts.why'), cell: (account) => <AccountWhy account={account} /> },
    { name: 'limits', heading: t('accounts.limits'), cell: (account) => <LimitGauges account={account} /> },
    {
      name: 'in-flight',
      heading: t('accounts.inFlight'),
      isNumber: true,
      cell: ({ inFlight }) => formatCount(inFlight, i18n.language),
    },
  ];
  return <Table label={t('accounts.heading')} columns={columns} rows={accounts} keyOf={({ id }) => id} />;
}

function Name({ account }: { readonly account: Account }) {
  const { t } = useTranslation();
  return (
    <>
      <span className="block font-medium">
        <Masked text={account.name} />
      </span>
      <span className="block text-muted text-xs">{t(`provider.${account.provider}`)}</span>
    </>
  );
}
