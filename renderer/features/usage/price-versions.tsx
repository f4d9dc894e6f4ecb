import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { fetchApi, useApi, useChange } from '../../stores/api.ts';
import { PriceDiff } from './price-diff.tsx';

type Prices = Output<'showPrices'>;
type Version = Prices['versions'][number];
type Checked = Output<'checkPrices'>;

/** Which tables there are, newer ones, and the way back; nothing is used before somebody saw what it changes. */
export function PriceVersions() {
  const { t } = useTranslation();
  const prices = useApi('showPrices', {}, { every: false });
  const check = useChange('checkPrices', ['showPrices']);
  const [shown, setShown] = useState<{ readonly checked: Checked; readonly isRollBack: boolean }>();
  const look = () =>
    check.run({}).then(
      (checked) => setShown({ checked, isRollBack: false }),
      () => undefined,
    );
  const compare = async ({ version, usedAt, addedAt }: Version) =>
    setShown({ checked: await fetchApi('comparePrices', { version }), isRollBack: usedAt !== null || addedAt === 0 });
  const columns: readonly Column<Version>[] = [
    { name: 'version', heading: t('prices.version'), cell: ({ version }) => version },
    { name: 'date', heading: t('prices.date'), cell: ({ date }) => date },
    { name: 'source', heading: t('prices.source'), cell: ({ source }) => <span className="break-all">{source}</span> },
    {
      name: 'action',
      heading: '',
      cell: (version) =>
        version.isInUse ? (
          t('prices.inUse')
        ) : (
          <Button
            needs="applyPrices"
            aria-label={t('prices.useOf', { version: version.version })}
            onClick={() => void compare(version)}
          >
            {t('prices.use')}
          </Button>
        ),
    },
  ];
  const { version, date, isPinned } = prices.value ?? {};
  return (
    <Panel heading={t('prices.table')} note={version} resource={prices}>
      <div className="flex flex-wrap items-center justify-between gap-3 px-5 pb-3">
        <p className="text-muted">
          {t(isPinned ? 'prices.pinned' : 'prices.current', { version: version ?? '', date: date ?? '' })}
        </p>
        <Button needs="checkPrices" disabled={check.isRunning} onClick={() => void look()}>
          {t('prices.check')}
        </Button>
      </div>
      {check.failure && (
        <div className="px-5 pb-4">
          <FailureNotice failure={check.failure} onRetry={() => void look()} />
        </div>
      )}
      {(prices.value?.versions.length ?? 0) > 1 && (
        <Table
          label={t('prices.table')}
          columns={columns}
          rows={prices.value?.versions ?? []}
          keyOf={(one) => one.version}
        />
      )}
      {shown && <PriceDiff {...shown} onClose={() => setShown(undefined)} />}
    </Panel>
  );
}
