import { FailureNotice } from '../../components/failure-notice.tsx';
import { useApi } from '../../stores/api.ts';
import { AccountsPanel } from './accounts-panel.tsx';
import { AttentionPanel } from './attention-panel.tsx';
import { CallsPanel } from './calls-panel.tsx';
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
  return (
    <>
      <StatusSentence resource={status} />
      <AttentionPanel accounts={accounts.value ?? []} />
      {hasCalls && <TodayPanel />}
      <AccountsPanel resource={accounts} />
      <CallsPanel resource={calls} accounts={accounts.value ?? []} />
      {!hasCalls && <SetupPanel url={status.value?.url ?? location.origin} />}
    </>
  );
}
