import { useTranslation } from 'react-i18next';
import { Allowed } from '../../components/allowed.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { FailoverPanel } from './failover-panel.tsx';
import { GroupsPanel } from './groups-panel.tsx';
import { LastCall } from './last-call.tsx';
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
      <div className="grid items-start gap-5 lg:grid-cols-[1fr_26rem]">
        <div className="flex min-w-0 flex-col gap-5">
          <RulesPanel />
          <OrderPanel />
          <GroupsPanel />
          <NamesPanel />
          <SessionsPanel />
          <FailoverPanel />
        </div>
        <div className="flex min-w-0 flex-col gap-5 lg:sticky lg:top-16 lg:max-h-[calc(100vh-5rem)] lg:overflow-y-auto">
          <Allowed to="simulateCall">
            <SimulatorPanel />
          </Allowed>
          <LastCall />
        </div>
      </div>
    </>
  );
}
