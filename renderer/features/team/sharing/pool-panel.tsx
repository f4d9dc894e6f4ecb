import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Output } from '../../../../app/server/admin/contract.ts';
import { useMay } from '../../../components/allowed.tsx';
import { ConfirmDialog } from '../../../components/dialog.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { FailureNotice } from '../../../components/failure-notice.tsx';
import { Switch } from '../../../components/field.tsx';
import { Panel } from '../../../components/panel.tsx';
import { type Column, Table } from '../../../components/table.tsx';
import { formatCount } from '../../../i18n/format.ts';
import { useApi, useChange } from '../../../stores/api.ts';

type Account = Output<'listAccounts'>[number];

/** Which accounts serve other computers. A personal subscription is out until its owner wants it in all the same. */
export function PoolPanel() {
  const { t, i18n } = useTranslation();
  const accounts = useApi('listAccounts', {});
  const running = useApi('listRunningCalls', {}).value ?? [];
  const update = useChange('updateAccount', ['listAccounts', 'listAudit']);
  const [asking, setAsking] = useState<Account>();
  const set = (account: Account, isIn: boolean) => void update.run(change(account, isIn)).catch(() => undefined);
  const may = useMay();
  const columns: readonly Column<Account>[] = [
    {
      name: 'account',
      heading: t('pool.account'),
      cell: ({ name, subscription }) => (
        <>
          <span>{name}</span>
          {subscription && <span className="block text-muted text-xs">{t('pool.terms')}</span>}
        </>
      ),
    },
    {
      name: 'shared',
      heading: t('pool.shared'),
      cell: (account) =>
        may('updateAccount') ? (
          <Switch
            label={`${t('pool.shared')}: ${account.name}`}
            isOn={isShared(account)}
            isDisabled={update.isRunning}
            onChange={(isIn) => (isIn && account.subscription ? setAsking(account) : set(account, isIn))}
          />
        ) : (
          t(isShared(account) ? 'pool.isIn' : 'pool.isOut')
        ),
    },
    {
      name: 'reserve',
      heading: t('pool.reserve'),
      cell: ({ care }) => (care.reservePercent === undefined ? t('pool.noReserve') : `${care.reservePercent} %`),
    },
    {
      name: 'now',
      heading: t('pool.serving'),
      cell: ({ id }) => formatCount(running.filter(({ accountId }) => accountId === id).length, i18n.language),
    },
    {
      name: 'details',
      heading: t('pool.details'),
      cell: ({ id }) => (
        <Link to={`/accounts?id=${id}`} className="font-medium text-accent underline">
          {t('pool.details')}
        </Link>
      ),
    },
  ];
  const all = accounts.value ?? [];
  return (
    <Panel heading={t('pool.heading')} note={t('pool.note')} resource={accounts}>
      {update.failure && <FailureNotice failure={update.failure} onRetry={update.forget} />}
      {all.length === 0 ? (
        <EmptyState text={t('pool.empty')} />
      ) : (
        <Table label={t('pool.heading')} columns={columns} rows={all} keyOf={({ id }) => id} />
      )}
      {asking && (
        <ConfirmDialog
          isOpen
          title={t('pool.ask', { name: asking.name })}
          note={t('accounts.sharingTerms')}
          action={t('pool.accept')}
          onClose={() => setAsking(undefined)}
          onConfirm={() => {
            set(asking, true);
            setAsking(undefined);
          }}
        />
      )}
    </Panel>
  );
}

function isShared({ care, subscription }: Account): boolean {
  return care.sharing !== 'only-me' && (subscription?.isShared ?? true);
}

/** What serves only keys that name it stays so. */
function change({ id, care, subscription }: Account, isIn: boolean) {
  const shares = subscription ? { isShared: isIn } : {};
  if (isIn) return { id, ...shares, ...(care.sharing === 'only-me' && { care: { sharing: 'shared' as const } }) };
  return subscription ? { id, ...shares } : { id, care: { sharing: 'only-me' as const } };
}
