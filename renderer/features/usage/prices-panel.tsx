import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { useMay } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { controlShape } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { useApi } from '../../stores/api.ts';
import { PriceDialog } from './price-dialog.tsx';
import { perMillion } from './price-fields.ts';
import { PriceVersions } from './price-versions.tsx';
import { UnpricedNotice } from './unpriced-notice.tsx';

type Price = Output<'listModelPrices'>[number];

/** What each model costs, where that comes from, and prices of one's own. */
export function PricesPanel() {
  const { t, i18n } = useTranslation();
  const prices = useApi('listModelPrices', {}, { every: false });
  const may = useMay();
  const [wanted, setWanted] = useState('');
  const [edited, setEdited] = useState<string>();
  const text = useDeferredValue(wanted).trim().toLowerCase();
  const rows = (prices.value ?? []).filter(({ model }) => model.toLowerCase().includes(text));
  const unit = (name: 'input' | 'cacheRead' | 'cacheWrite5m' | 'output'): Column<Price> => ({
    ...{ name, heading: t(`prices.${name}`), isNumber: true },
    cell: ({ [name]: price }) => (price === undefined ? '–' : perMillion(price, i18n.language)),
  });
  const columns: readonly Column<Price>[] = [
    { name: 'model', heading: t('usage.model'), cell: ({ model }) => <code>{model}</code> },
    ...[unit('input'), unit('cacheRead'), unit('cacheWrite5m'), unit('output')],
    {
      name: 'from',
      heading: t('prices.from'),
      cell: ({ isOwn, source }) => (isOwn ? t('prices.yours') : t('prices.read', { day: source.read })),
    },
  ];
  return (
    <>
      <UnpricedNotice />
      <PriceVersions />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <input
          type="search"
          aria-label={t('prices.filter')}
          placeholder={t('prices.filter')}
          value={wanted}
          onChange={({ target }) => setWanted(target.value)}
          className={`${controlShape} w-full sm:w-80`}
        />
        <Button needs="setOwnPrice" onClick={() => setEdited('')}>
          {t('prices.add')}
        </Button>
      </div>
      <Panel
        heading={t('prices.perMillion')}
        note={may('setOwnPrice') ? t('prices.open') : undefined}
        resource={prices}
      >
        {rows.length > 0 ? (
          <Table
            label={t('prices.perMillion')}
            columns={columns}
            rows={rows}
            keyOf={({ model }) => model}
            {...(may('setOwnPrice') && { onOpen: ({ model }: Price) => setEdited(model) })}
          />
        ) : (
          <EmptyState text={t('prices.nothing')}>
            <Button onClick={() => setWanted('')}>{t('live.clear')}</Button>
          </EmptyState>
        )}
      </Panel>
      {edited !== undefined && (
        <PriceDialog
          price={(prices.value ?? []).find(({ model }) => model === edited)}
          onClose={() => setEdited(undefined)}
        />
      )}
    </>
  );
}
