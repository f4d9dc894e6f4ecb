import { useTranslation } from 'react-i18next';
import { PageHeading } from '../../components/page-heading.tsx';
import { NamesPanel } from './names-panel.tsx';
import { OrderPanel } from './order-panel.tsx';
import { RulesPanel } from './rules-panel.tsx';
import { SessionsPanel } from './sessions-panel.tsx';
import { SimulatorPanel } from './simulator-panel.tsx';

/** How an account is chosen, and a place to try it without asking anybody. */
export function RoutingPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeading title={t('nav.routing')} note={t('routing.note')} />
      <div className="grid items-start gap-5 lg:grid-cols-[1fr_24rem]">
        <div className="flex min-w-0 flex-col gap-5">
          <OrderPanel />
          <RulesPanel />
          <NamesPanel />
          <SessionsPanel />
        </div>
        <SimulatorPanel />
      </div>
    </>
  );
}
