import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { useChange } from '../../stores/api.ts';
import { outdated } from './outdated.ts';
import type { Plan } from './plan-values.ts';

interface Props {
  readonly plan: Plan;
  onRemoved(): void;
}

/** Only a plan that nobody is on can go. */
export function RemovePlan({ plan: { id, keys, members }, onRemoved }: Props) {
  const { t } = useTranslation();
  const remove = useChange('removePlan', outdated);
  const isUsed = keys + members > 0;
  const run = () => void remove.run({ id }).then(onRemoved, () => undefined);
  return (
    <div className="mt-6 flex flex-col items-start gap-2 border-line border-t pt-4">
      <Button needs="removePlan" look="danger" disabled={isUsed || remove.isRunning} onClick={run}>
        {t('plans.remove')}
      </Button>
      {isUsed && <p className="text-muted text-xs">{t('plans.used', { keys, members })}</p>}
      {remove.failure && <FailureNotice failure={remove.failure} onRetry={run} />}
    </div>
  );
}
