import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatCost } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';

/** For whom a terminal is too much: one word is asked through the relay. What it costs is said before. */
export function SendTest({ onAnswered }: { readonly onAnswered: () => void }) {
  const [account] = useApi('listAccounts', {}).value ?? [];
  return account ? <Test id={account.id} onAnswered={onAnswered} /> : null;
}

interface Props {
  readonly id: string;
  onAnswered(): void;
}

function Test({ id, onAnswered }: Props) {
  const { t, i18n } = useTranslation();
  const plan = useApi('planTestCall', { id }, { every: false });
  const call = useChange('sendTestCall', ['listCalls', 'listAccounts', 'listKeys']);
  const check = useChange('testAccount', ['listAccounts']);
  const { way, model = '', costNanoUsd = null } = plan.value ?? {};
  const { run, isRunning, result, failure, forget } = way === 'check' ? check : call;
  const send = () =>
    void run({ id }).then(
      ({ ok }) => ok && onAnswered(),
      () => undefined,
    );
  const cost = costNanoUsd === null ? undefined : formatCost(costNanoUsd, i18n.language);
  const callNote =
    cost === undefined ? t('first-run.sendUnpriced', { model }) : t('first-run.sendNote', { model, cost });
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button
          needs={way === 'check' ? 'testAccount' : 'sendTestCall'}
          disabled={isRunning || way === undefined}
          onClick={send}
        >
          {t('first-run.send')}
        </Button>
        <span className="min-w-0 flex-1 basis-60 text-muted">
          {way === 'check' && t('first-run.sendCheck')}
          {way === 'call' && callNote}
        </span>
      </div>
      {plan.failure && <FailureNotice failure={plan.failure} onRetry={() => void plan.refresh()} />}
      {result && !result.ok && (
        <p role="alert" className="flex items-baseline gap-2">
          <StateMark tone="bad" />
          {result.message}
        </p>
      )}
      {failure && <FailureNotice failure={failure} onRetry={forget} />}
    </div>
  );
}
