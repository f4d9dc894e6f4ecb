import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useMay } from '../../components/allowed.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { BudgetsPanel } from './budgets-panel.tsx';
import { Overview } from './overview.tsx';
import { PricesPanel } from './prices-panel.tsx';
import { ReconcilePanel } from './reconcile-panel.tsx';

const names = ['overview', 'budgets', 'prices', 'reconcile'] as const;

/** What was used and what it cost, what it may cost, and what each thing costs. */
export function UsagePage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const may = useMay();
  const shown = names.filter((name) => name !== 'reconcile' || may('reconcileUsage'));
  const open = shown.find((name) => name === search.get('tab')) ?? 'overview';
  const contents = {
    overview: <Overview />,
    budgets: <BudgetsPanel />,
    prices: <PricesPanel />,
    reconcile: <ReconcilePanel />,
  };
  return (
    <>
      <PageHeading title={t('usage.heading')} note={t('usage.note')} />
      <Tabs
        label={t('usage.heading')}
        value={open}
        onChange={(tab) => setSearch({ tab })}
        tabs={shown.map((name) => ({
          ...{ name, title: t(`usage.tab-${name}`) },
          content: name === open ? contents[name] : null,
        }))}
      />
    </>
  );
}
