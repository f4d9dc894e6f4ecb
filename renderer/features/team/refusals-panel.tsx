import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { TextInput } from '../../components/field.tsx';
import { Masked } from '../../components/masked.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCount, formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';

type Refusals = Output<'listRefusals'>[number];

/** Calls that were turned away before an account was asked, with the reason the caller was told. */
export function RefusalsPanel() {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const refusals = useApi('listRefusals', { limit: 200 });
  const all = refusals.value ?? [];
  const shown = all.filter(({ keyName, reason, message, address }) =>
    [keyName, reason, message, address].join(' ').toLowerCase().includes(wanted.toLowerCase()),
  );
  return (
    <Panel heading={t('activity.refusals')} note={t('activity.refusalsNote')} resource={refusals}>
      {all.length === 0 && <EmptyState text={t('activity.noRefusals')} />}
      {all.length > 0 && (
        <div className="px-5 pb-3">
          <TextInput
            type="search"
            aria-label={t('activity.search')}
            placeholder={t('activity.search')}
            className="max-w-72"
            value={wanted}
            onChange={({ target }) => setWanted(target.value)}
          />
        </div>
      )}
      {all.length > 0 && shown.length === 0 && (
        <EmptyState text={t('activity.noMatch')}>
          <Button onClick={() => setWanted('')}>{t('team.clearFilter')}</Button>
        </EmptyState>
      )}
      {shown.length > 0 && <RefusalsTable refusals={shown} />}
    </Panel>
  );
}

function RefusalsTable({ refusals }: { readonly refusals: readonly Refusals[] }) {
  const { t, i18n } = useTranslation();
  const columns: readonly Column<Refusals>[] = [
    {
      name: 'at',
      heading: t('activity.last'),
      sortBy: ({ at }) => at,
      cell: ({ at }) => formatPast(at, i18n.language, Date.now()),
    },
    {
      name: 'calls',
      heading: t('activity.calls'),
      isNumber: true,
      sortBy: ({ calls }) => calls,
      cell: ({ calls }) => formatCount(calls, i18n.language),
    },
    {
      name: 'key',
      heading: t('activity.key'),
      sortBy: ({ keyName }) => keyName ?? undefined,
      cell: ({ keyId, keyName }) =>
        keyName === null ? t(keyId === null ? 'activity.unknownKey' : 'activity.goneKey') : <Masked text={keyName} />,
    },
    {
      name: 'why',
      heading: t('activity.why'),
      sortBy: ({ reason }) => reason,
      cell: ({ reason, message }) => (
        <>
          <code className="text-xs">{reason}</code>
          <span className="block max-w-96 text-muted text-xs">{message}</span>
        </>
      ),
    },
    {
      name: 'from',
      heading: t('keys.from'),
      cell: ({ address, userAgent }) => (
        <>
          {address !== null && <Masked text={address} />}
          <span className="block max-w-44 truncate text-muted text-xs" title={userAgent ?? ''}>
            {userAgent}
          </span>
        </>
      ),
    },
  ];
  return (
    <Table
      label={t('activity.refusals')}
      columns={columns}
      rows={refusals}
      keyOf={({ at, keyId, reason, address }) => `${at} ${keyId} ${reason} ${address}`}
    />
  );
}
