import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Gauge } from '../../components/gauge.tsx';
import { Masked } from '../../components/masked.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCost, formatFuture } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';
import { useNames } from '../live/names.ts';
import { BudgetDialog } from './budget-dialog.tsx';

type Budget = Output<'listBudgets'>[number];

/** What may be spent before somebody is told; limits of keys refuse, budgets tell. */
export function BudgetsPanel() {
  const { t } = useTranslation();
  const budgets = useApi('listBudgets', {});
  const remove = useChange('removeBudget', ['listBudgets']);
  const [edited, setEdited] = useState<Budget | 'new'>();
  const [removed, setRemoved] = useState<Budget>();
  const { accounts, keys } = useNames();
  const rows = budgets.value ?? [];
  const columns: readonly Column<Budget>[] = [
    { name: 'name', heading: t('budgets.name'), cell: ({ name }) => <span className="font-medium">{name}</span> },
    {
      name: 'scope',
      heading: t('budgets.scope'),
      cell: ({ scope, scopeId = '' }) => (
        <>
          {t(`budgets.${scope}`)} <Masked text={accounts.get(scopeId) ?? keys.get(scopeId) ?? scopeId} />
        </>
      ),
    },
    { name: 'spent', heading: t('budgets.spent'), cell: (budget) => <Spent budget={budget} /> },
    {
      name: 'actions',
      heading: '',
      cell: (budget) => (
        <span className="flex justify-end gap-2">
          <Button
            needs="updateBudget"
            aria-label={t('budgets.editOf', { name: budget.name })}
            onClick={() => setEdited(budget)}
          >
            {t('budgets.edit')}
          </Button>
          <Button
            needs="removeBudget"
            look="danger"
            aria-label={t('budgets.removeOf', { name: budget.name })}
            onClick={() => setRemoved(budget)}
          >
            {t('budgets.remove')}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-muted">{t('budgets.note')}</p>
        <Button needs="createBudget" look="primary" onClick={() => setEdited('new')}>
          {t('budgets.create')}
        </Button>
      </div>
      <Panel heading={t('usage.tab-budgets')} resource={budgets}>
        {rows.length === 0 ? (
          <EmptyState text={t('budgets.empty')} />
        ) : (
          <Table label={t('usage.tab-budgets')} columns={columns} rows={rows} keyOf={({ id }) => id} />
        )}
        {remove.failure && <FailureNotice failure={remove.failure} onRetry={remove.forget} />}
      </Panel>
      {edited !== undefined && (
        <BudgetDialog budget={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
      {removed && (
        <ConfirmDialog
          isOpen
          title={t('budgets.removeOf', { name: removed.name })}
          note={t('budgets.removeNote')}
          action={t('budgets.remove')}
          onClose={() => setRemoved(undefined)}
          onConfirm={() => {
            setRemoved(undefined);
            void remove.run({ id: removed.id }).catch(() => undefined);
          }}
        />
      )}
    </>
  );
}

const nearlyAll = 0.8;

function Spent({ budget }: { readonly budget: Budget }) {
  const { t, i18n } = useTranslation();
  const { spentNanoUsd, amountNanoUsd, forecastNanoUsd, startsAt, endsAt } = budget;
  const money = (nanoUsd: number) => formatCost(nanoUsd, i18n.language);
  const now = Date.now();
  const used = spentNanoUsd / amountNanoUsd;
  const exceeds = forecastNanoUsd !== undefined && forecastNanoUsd > amountNanoUsd;
  const words = [
    t('budgets.of', { spent: money(spentNanoUsd), amount: money(amountNanoUsd) }),
    t('limits.resets', { time: formatFuture(endsAt, i18n.language, now) }),
    ...(forecastNanoUsd === undefined ? [] : [t('budgets.forecast', { amount: money(forecastNanoUsd) })]),
  ];
  const tone = used >= 1 ? 'bad' : exceeds || used >= nearlyAll ? 'caution' : 'good';
  return (
    <Gauge
      label={t(`budgets.every-${budget.period.unit}`)}
      used={used}
      elapsed={(now - startsAt) / (endsAt - startsAt)}
      tone={tone}
      text={words.join(' · ')}
    />
  );
}
