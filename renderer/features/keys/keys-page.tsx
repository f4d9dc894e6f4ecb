import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Masked } from '../../components/masked.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Panel } from '../../components/panel.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { CreateKey } from './create-key.tsx';
import { KeyPane } from './key-pane.tsx';

type Key = Output<'listKeys'>[number];

/** What clients call with: whose it is, what it may spend, when it was used. */
export function KeysPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const [isCreating, setCreating] = useState(false);
  const keys = useApi('listKeys', {});
  const opened = search.get('id');
  const create = (
    <Button look="primary" icon={<Plus className="size-4" aria-hidden="true" />} onClick={() => setCreating(true)}>
      {t('keys.create')}
    </Button>
  );
  return (
    <>
      <PageHeading title={t('nav.keys')} note={t('keys.note')}>
        {create}
      </PageHeading>
      <Panel heading={t('keys.heading')} resource={keys}>
        {(keys.value?.length ?? 0) > 0 ? (
          <KeysTable keys={keys.value ?? []} onOpen={({ id }) => setSearch({ id })} />
        ) : (
          <EmptyState text={t('keys.empty')}>{create}</EmptyState>
        )}
      </Panel>
      {isCreating && <CreateKey onClose={() => setCreating(false)} />}
      {opened !== null && <KeyPane id={opened} onClose={() => setSearch({})} />}
    </>
  );
}

function KeysTable({ keys, onOpen }: { readonly keys: readonly Key[]; onOpen(key: Key): void }) {
  const { t, i18n } = useTranslation();
  const columns: readonly Column<Key>[] = [
    {
      name: 'name',
      heading: t('keys.name'),
      cell: ({ name, prefix }) => (
        <>
          <span className="block font-medium">
            <Masked text={name} />
          </span>
          <span className="block font-mono text-muted text-xs">wsk_{prefix}…</span>
        </>
      ),
    },
    {
      name: 'state',
      heading: t('accounts.state'),
      cell: (key) => {
        const isWorking = key.isEnabled && (key.expiresAt ?? Number.POSITIVE_INFINITY) > Date.now();
        return (
          <span className="inline-flex items-baseline gap-2 whitespace-nowrap">
            <StateMark tone={isWorking ? 'good' : 'quiet'} />
            {t(isWorking ? 'keys.works' : key.isEnabled ? 'keys.expired' : 'keys.disabled')}
          </span>
        );
      },
    },
    {
      name: 'owner',
      heading: t('keys.owner'),
      cell: ({ owner }) => (owner === undefined ? '–' : <Masked text={owner} />),
    },
    {
      name: 'limits',
      heading: t('accounts.limits'),
      cell: ({ limits }) => (limits.length === 0 ? t('keys.unlimited') : t('keys.limits', { count: limits.length })),
    },
    {
      name: 'used',
      heading: t('keys.lastUse'),
      cell: ({ lastUse }) => (lastUse ? formatPast(lastUse.at, i18n.language, Date.now()) : t('keys.never')),
    },
  ];
  return <Table label={t('keys.heading')} columns={columns} rows={keys} keyOf={({ id }) => id} onOpen={onOpen} />;
}
