import { Navigate, useLocation } from 'react-router';
import { useMay } from '../../components/allowed.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { useApi } from '../../stores/api.ts';
import { useUi } from '../../stores/ui.ts';
import { AccountsPanel } from './accounts-panel.tsx';
import { AttentionPanel } from './attention-panel.tsx';
import { CallsPanel } from './calls-panel.tsx';
import { LiveStrip } from './live-strip.tsx';
import { SetupPanel } from './setup-panel.tsx';
import { StatusSentence } from './status-sentence.tsx';
import { TodayPanel } from './today-panel.tsx';
import { ToolsPanel } from './tools-panel.tsx';

const shownCalls = 10;

export function HomePage() {
  const status = useApi('status', {});
  const accounts = useApi('listAccounts', {});
  const calls = useApi('listUsage', { limit: shownCalls });
  const mayAdd = useMay()('createAccount');
  const isFirstRun = useIsFirstRun(status.value?.accounts.total, calls.value?.length);
  if (isFirstRun && mayAdd) return <Navigate to="/welcome" replace />;
  // Without a status the other answers fail for the same reason: saying it once is enough.
  if (status.failure && !status.value) {
    return <FailureNotice failure={status.failure} onRetry={() => void status.refresh()} />;
  }
  const hasCalls = (calls.value?.length ?? 0) > 0;
  const isSettingUp = calls.value !== undefined && !hasCalls && mayAdd;
  return (
    <>
      <StatusSentence resource={status} />
      {isSettingUp && (
        <SetupPanel
          url={status.value?.url ?? location.origin}
          hasAccount={(status.value?.accounts.total ?? 0) > 0}
          hasKey={(status.value?.keys.usable ?? 0) > 0}
        />
      )}
      <AttentionPanel isSettingUp={isSettingUp} />
      {hasCalls && <LiveStrip running={status.value?.callsInFlight ?? 0} />}
      {hasCalls && <TodayPanel />}
      <AccountsPanel resource={accounts} />
      {!isSettingUp && <ToolsPanel />}
      <CallsPanel resource={calls} accounts={accounts.value ?? []} />
    </>
  );
}

/** Opened on a profile that has nothing yet. Whoever comes from another page, or left the first run, wants this page. */
function useIsFirstRun(accounts: number | undefined, calls: number | undefined): boolean {
  const isClosed = useUi((ui) => ui.isFirstRunClosed);
  const isOpening = useLocation().key === 'default';
  return isOpening && !isClosed && accounts === 0 && calls === 0;
}
