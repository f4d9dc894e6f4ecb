import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, Select } from '../../components/field.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCost, formatCount } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';
import { linesOf, type ReconciledLine } from './reconciled-lines.ts';

/** The admin API takes no more in one question. */
const mostBytes = 900_000;

/** A vendor's own count beside ours, day by day and model by model. The file is compared and not kept. */
export function ReconcilePanel() {
  const { t } = useTranslation();
  const accounts = useApi('listAccounts', {}).value ?? [];
  const [account, setAccount] = useState('');
  const [isTooLarge, setTooLarge] = useState(false);
  const reconcile = useChange('reconcileUsage', []);
  const read = async (file: File | undefined) => {
    reconcile.forget();
    setTooLarge((file?.size ?? 0) > mostBytes);
    if (!file || file.size > mostBytes) return;
    const csv = await file.text();
    await reconcile.run({ csv, ...(account !== '' && { account }) }).catch(() => undefined);
  };
  return (
    <section
      aria-label={t('usage.tab-reconcile')}
      className="flex flex-col gap-4 overflow-hidden rounded-xl border border-line bg-surface pt-4"
    >
      <div className="flex flex-col gap-4 px-5 pb-2">
        <p className="max-w-prose text-muted">{t('reconcile.note')}</p>
        <div className="grid max-w-2xl gap-4 sm:grid-cols-2">
          <Field label={t('usage.account')} hint={t('reconcile.accountHint')}>
            {(ids) => (
              <Select {...ids} value={account} onChange={({ target }) => setAccount(target.value)}>
                <option value="">{t('reconcile.everyAccount')}</option>
                {accounts.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label={t('reconcile.file')} error={isTooLarge ? t('reconcile.tooLarge') : undefined}>
            {(ids) => (
              <input
                {...ids}
                type="file"
                accept=".csv,text/csv"
                onChange={({ target }) => {
                  void read(target.files?.[0]);
                  // The same file again is a change too.
                  target.value = '';
                }}
                className="min-h-9 text-sm file:mr-3 file:min-h-8 file:rounded-lg file:border file:border-line file:bg-surface file:px-3 file:text-text"
              />
            )}
          </Field>
        </div>
        {reconcile.failure && <FailureNotice failure={reconcile.failure} onRetry={reconcile.forget} />}
      </div>
      {reconcile.result ? <Compared days={reconcile.result} /> : <EmptyState text={t('reconcile.empty')} />}
    </section>
  );
}

function Compared({ days }: { readonly days: Output<'reconcileUsage'> }) {
  const { t, i18n } = useTranslation();
  const apart = days.filter(({ differs }) => differs.length > 0);
  const amount = (line: ReconciledLine, value: number) =>
    line.field === 'costNanoUsd' ? formatCost(value, i18n.language) : formatCount(value, i18n.language);
  const columns: readonly Column<ReconciledLine>[] = [
    { name: 'day', heading: t('reconcile.day'), cell: ({ day }) => day },
    { name: 'model', heading: t('usage.model'), cell: ({ model }) => <code>{model}</code> },
    { name: 'field', heading: t('reconcile.what'), cell: ({ field }) => t(`reconcile.${field}`) },
    { name: 'theirs', heading: t('reconcile.theirs'), isNumber: true, cell: (line) => amount(line, line.theirs) },
    { name: 'ours', heading: t('reconcile.ours'), isNumber: true, cell: (line) => amount(line, line.ours) },
  ];
  return (
    <>
      <p role="status" className="flex items-baseline gap-2 px-5">
        <StateMark tone={apart.length === 0 ? 'good' : 'caution'} />
        {apart.length === 0
          ? t('reconcile.agrees', { count: days.length })
          : t('reconcile.differs', { count: apart.length, all: days.length })}
      </p>
      {apart.length > 0 && (
        <Table
          label={t('usage.tab-reconcile')}
          columns={columns}
          rows={linesOf(apart)}
          keyOf={({ day, model, field }) => `${day} ${model} ${field}`}
        />
      )}
    </>
  );
}
