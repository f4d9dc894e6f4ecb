import { Plus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { type Account, shownState } from '../../components/account-state.tsx';
import { Allowed, useMay } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Select, TextInput } from '../../components/field.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi } from '../../stores/api.ts';
import { useDesktop } from '../../stores/desktop.ts';
import { AccountPane } from './account-pane.tsx';
import { AccountsTable } from './accounts-table.tsx';
import { AddAccount } from './add-account.tsx';
import { BulkBar } from './bulk-bar.tsx';

/** Every upstream account: how it is, how much of it is left, and what can be done about it. */
export function AccountsPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const [isAdding, setAdding] = useState(search.get('add') !== null);
  const { invite, forgetInvite } = useInvite();
  const accounts = useApi('listAccounts', {});
  const may = useMay();
  const opened = accounts.value?.find(({ id }) => id === search.get('id'));
  const stopAdding = () => {
    setAdding(false);
    forgetInvite();
    setSearch({});
  };
  return (
    <>
      <PageHeading title={t('nav.accounts')} note={t('accounts.note')}>
        <Button
          needs="createAccount"
          look="primary"
          icon={<Plus className="size-4" aria-hidden="true" />}
          onClick={() => setAdding(true)}
        >
          {t('accounts.add')}
        </Button>
      </PageHeading>
      <Panel heading={t('accounts.heading')} resource={accounts}>
        {(accounts.value?.length ?? 0) > 0 ? (
          <AccountList accounts={accounts.value ?? []} onOpen={({ id }) => setSearch({ id })} />
        ) : (
          <EmptyState text={t('accounts.emptyHere')}>
            <Button needs="createAccount" look="primary" onClick={() => setAdding(true)}>
              {t('accounts.add')}
            </Button>
          </EmptyState>
        )}
      </Panel>
      {(isAdding || invite !== undefined) && may('createAccount') && (
        <AddAccount
          key={invite}
          begin={invite === undefined ? undefined : 'relay'}
          invite={invite}
          onClose={stopAdding}
        />
      )}
      {opened && <AccountPane account={opened} onClose={() => setSearch({})} />}
    </>
  );
}

/** That a link of the desktop app brought; in a browser there is none. */
function useInvite() {
  const [search, setSearch] = useSearchParams();
  const [invite, setInvite] = useState<string>();
  const takeInvite = useDesktop((desktop) => desktop.takeInvite);
  const isWanted = search.has('join');
  useEffect(() => {
    if (!isWanted) return;
    // The next link is another change of the address.
    setSearch({}, { replace: true });
    void takeInvite().then(setInvite);
  }, [isWanted, setSearch, takeInvite]);
  return { invite, forgetInvite: () => setInvite(undefined) };
}

interface ListProps {
  readonly accounts: readonly Account[];
  onOpen(account: Account): void;
}

const filters = ['all', 'usable', 'trouble', 'paused'] as const;
type Filter = (typeof filters)[number];

function AccountList({ accounts, onOpen }: ListProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const groups = useApi('listGroups', {}).value ?? [];
  const groupsOf = ({ groupIds }: Account) => groups.filter(({ id }) => groupIds.includes(id)).map(({ name }) => name);
  const textOf = (account: Account) =>
    [account.name, t(`provider.${account.provider}`), ...groupsOf(account)].join(' ');
  const shown = accounts
    .filter((account) => kindOf(account, filter) && textOf(account).toLowerCase().includes(words.trim().toLowerCase()))
    .toSorted((a, b) => a.priority - b.priority || a.name.localeCompare(b.name));
  const clear = () => {
    setWords('');
    setFilter('all');
  };
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-5 pb-3">
        <TextInput
          type="search"
          aria-label={t('accounts.filter')}
          placeholder={t('accounts.filter')}
          value={words}
          onChange={({ target }) => setWords(target.value)}
          className="max-w-72"
        />
        <Select
          isNarrow
          aria-label={t('accounts.state')}
          value={filter}
          onChange={({ target }) => setFilter(filters.find((one) => one === target.value) ?? 'all')}
        >
          {filters.map((one) => (
            <option key={one} value={one}>
              {t(`accounts.filter-${one}`)}
            </option>
          ))}
        </Select>
        <Allowed to="pauseAccount">
          <BulkBar accounts={accounts.filter(({ id }) => picked.has(id))} onDone={() => setPicked(new Set())} />
        </Allowed>
      </div>
      {shown.length > 0 ? (
        <AccountsTable {...{ onOpen, groupsOf, picked }} accounts={shown} onPick={setPicked} />
      ) : (
        <EmptyState text={t('accounts.noMatch')}>
          <Button onClick={clear}>{t('accounts.clearFilter')}</Button>
        </EmptyState>
      )}
    </>
  );
}

function kindOf(account: Account, filter: Filter): boolean {
  const state = shownState(account);
  if (filter === 'all') return true;
  if (filter === 'usable') return state === 'active';
  return filter === 'paused' ? state === 'paused' : state !== 'active' && state !== 'paused';
}
