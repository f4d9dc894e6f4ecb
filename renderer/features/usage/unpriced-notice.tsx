import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { useApi, useChange } from '../../stores/api.ts';

type Models = Output<'priceUnknown'>['models'];

/** Calls whose model had no price: which they are, and the one step that prices them. */
export function UnpricedNotice() {
  const { t } = useTranslation();
  const sums = useApi('summarizeUsage', { by: 'model' }).value ?? [];
  const unpriced = sums.filter(({ unpricedCalls }) => unpricedCalls > 0);
  const change = useChange('priceUnknown', ['summarizeUsage', 'listCalls', 'showToday']);
  const [done, setDone] = useState<Models>();
  const run = async () => {
    const models = new Map<string, Models[number]>();
    let after: string | undefined;
    do {
      const step = await change.run({ isDryRun: false, ...(after !== undefined && { after }) });
      for (const one of step.models) models.set(one.model, one);
      after = step.next ?? undefined;
    } while (after !== undefined);
    setDone([...models.values()]);
  };
  if (unpriced.length === 0 && !done) return null;
  const priced = (done ?? []).reduce((sum, one) => sum + one.priced, 0);
  const calls = unpriced.reduce((sum, { unpricedCalls }) => sum + unpricedCalls, 0);
  return (
    <section
      aria-label={t('prices.unknown')}
      className="flex flex-wrap items-center gap-3 rounded-xl border border-line bg-surface px-5 py-4"
    >
      <p className="flex min-w-0 flex-1 items-baseline gap-2">
        <StateMark tone={unpriced.length > 0 ? 'caution' : 'good'} />
        <span className="min-w-0 break-words">
          {done && `${t('prices.pricedNow', { count: priced })} `}
          {unpriced.length > 0 &&
            t('prices.unpriced', { count: calls, models: unpriced.map(({ group }) => group).join(', ') })}
        </span>
      </p>
      {unpriced.length > 0 && (
        <Button needs="priceUnknown" disabled={change.isRunning} onClick={() => void run().catch(() => undefined)}>
          {t('prices.priceNow')}
        </Button>
      )}
      {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
    </section>
  );
}
