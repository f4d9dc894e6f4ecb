import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Output } from '../../../app/server/admin/contract.ts';
import { AccountState, AccountWhy } from '../../components/account-state.tsx';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { LimitGauges } from '../../components/limit-gauges.tsx';
import { Masked } from '../../components/masked.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCount } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { AccountPane } from './account-pane.tsx';
import { AddAccount } from './add-account.tsx';

type Account = Output<'listAccounts'>[number];

/** Every upstream account: how it is, how much of it is left, and what can be done about it. */
export function AccountsPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const [isAdding, setAdding] = useState(false);
  const accounts = useApi('listAccounts', {});
  const opened = accounts.value?.find(({ id }) => id === search.get('id'));
  return (
    <>
      <PageHeading title={t('nav.accounts')} note={t('accounts.note')}>
        <Button look="primary" icon={<Plus className="size-4" aria-hidden="true" />} onClick={() => setAdding(true)}>
          {t('accounts.add')}
        </Button>
      </PageHeading>
      <Panel heading={t('accounts.heading')} resource={accounts}>
        {(accounts.value?.length ?? 0) > 0 ? (
          <AccountsTable accounts={accounts.value ?? []} onOpen={({ id }) => setSearch({ id })} />
        ) : (
          <EmptyState text={t('accounts.emptyHere')}>
            <Button look="primary" onClick={() => setAdding(true)}>
              {t('accounts.add')}
            </Button>
          </EmptyState>
        )}
      </Panel>
      {isAdding && <AddAccount onClose={() => setAdding(false)} />}
      {opened && <AccountPane account={opened} onClose={() => setSearch({})} />}
    </>
  );
}

interface TableProps {
  readonly accounts: readonly Account[];
  onOpen(account: Account): void;
}

function AccountsTable({ accounts, onOpen }: TableProps) {
  const { t, i18n } = useTranslation();
  const inOrder = accounts.toSorted((a, b) => a.priority - b.priority || a.name.localeCompare(b.name));
  const columns: readonly Column<Account>[] = [
    {
      name: 'name',
      heading: t('accounts.name'),
      cell: ({ name, provider }) => (
        <>
          <span className="block font-medium">
            <Masked text={name} />
          </span>
          <span className="block text-muted text-xs">{t(`provider.${provider}`)}</span>
        </>
      ),
    },
    {
      name: 'state',
      heading: t('accounts.state'),
      cell: (account) => (
        <>
          <AccountState account={account} />
          <span className="block max-w-72 pl-5 text-xs">
            <AccountWhy account={account} />
          </span>
        </>
      ),
    },
    { name: 'limits', heading: t('accounts.limits'), cell: (account) => <LimitGauges account={account} /> },
    { name: 'priority', heading: t('accounts.priority'), isNumber: true, cell: ({ priority }) => priority },
    {
      name: 'in-flight',
      heading: t('accounts.inFlight'),
      isNumber: true,
      cell: ({ inFlight }) => formatCount(inFlight, i18n.language),
    },
  ];
  return (
    <Table label={t('accounts.heading')} columns={columns} rows={inOrder} keyOf={({ id }) => id} onOpen={onOpen} />
  );
}
