import { DevicesPanel } from './devices-panel.tsx';
import { InvitesPanel } from './invites-panel.tsx';
import { PoolPanel } from './pool-panel.tsx';
import { SharingPanel } from './sharing-panel.tsx';

/** What other computers reach, who is invited, who is there, and what they may use. */
export function SharingTab() {
  return (
    <>
      <SharingPanel />
      <InvitesPanel />
      <DevicesPanel />
      <PoolPanel />
    </>
  );
}
