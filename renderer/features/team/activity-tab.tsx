import { WebhooksPanel } from '../settings/webhooks-panel.tsx';
import { ChangesPanel } from './changes-panel.tsx';
import { RefusalsPanel } from './refusals-panel.tsx';

/** What was refused, who changed what, and who else is told. */
export function ActivityTab() {
  return (
    <>
      <RefusalsPanel />
      <ChangesPanel />
      <WebhooksPanel />
    </>
  );
}
