import { FailureNotice } from '../../components/failure-notice.tsx';
import { useApi } from '../../stores/api.ts';
import { AccountsPanel } from './accounts-panel.tsx';
import { AttentionPanel } from './attention-panel.tsx';
import { CallsPanel } from './calls-panel.tsx';
import { LiveStrip } from './live-strip.tsx';
import { SetupPanel } from './setup-panel.tsx';
import { StatusSentence } from './status-sentence.tsx';
import { TodayPanel } from './today-panel.tsx';

const shownCalls = 10;

export function HomePage() {
  const status = useApi('status', {});
  const accounts = useApi('listAccounts', {});
  const calls = useApi('listUsage', { limit: shownCalls });
  // Without a status the other answers fail for the same reason: saying it once is enough.
  if (status.failure && !status.value) {
    return <FailureNotice failure={status.failure} onRetry={() => void status.refresh()} />;
  }
  const hasCalls = (calls.value?.length ?? 0) > 0;
  const isSettingUp = calls.value !== undefined && !hasCalls;
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
      <CallsPanel resource={calls} accounts={accounts.value ?? []} />
    </>
  );
}
