import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { Masked } from '../../components/masked.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatDuration, formatFuture } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';

type Simulated = Output<'simulateCall'>;

/** Asks the scheduler itself what it would do now. */
export function SimulatorPanel() {
  const { t } = useTranslation();
  const heading = useId();
  const models = useId();
  const [model, setModel] = useState('');
  const offered = useApi('listModels', {}, { every: false }).value ?? [];
  const simulate = useChange('simulateCall', []);
  const run = (event: FormEvent) => {
    event.preventDefault();
    void simulate.run({ model }).catch(nothing);
  };
  return (
    <section
      aria-labelledby={heading}
      className="flex flex-col gap-4 rounded-xl border border-line bg-surface px-5 pt-4 pb-5 lg:sticky lg:top-16"
    >
      <div>
        <h2 id={heading} className="font-semibold text-[0.9375rem]">
          {t('routing.simulator')}
        </h2>
        <p className="text-muted text-xs">{t('routing.simulatorNote')}</p>
      </div>
      <form onSubmit={run} className="flex flex-col gap-3">
        <Field label={t('routing.model')}>
          {(ids) => (
            <TextInput
              {...ids}
              required
              list={models}
              placeholder="claude-sonnet-4-5"
              value={model}
              onChange={({ target }) => setModel(target.value)}
            />
          )}
        </Field>
        <datalist id={models}>
          {offered.map(({ id }) => (
            <option key={id} value={id} />
          ))}
        </datalist>
        <Button type="submit" look="primary" className="self-start" disabled={simulate.isRunning}>
          {t('routing.simulate')}
        </Button>
      </form>
      {simulate.failure && <FailureNotice failure={simulate.failure} onRetry={simulate.forget} />}
      {simulate.result && <Outcome simulated={simulate.result} />}
    </section>
  );
}

function Outcome({ simulated }: { readonly simulated: Simulated }) {
  const { verdicts } = simulated;
  const ranked = verdicts.toSorted((a, b) => (a.rank ?? Number.MAX_VALUE) - (b.rank ?? Number.MAX_VALUE));
  return (
    <div role="status" className="flex flex-col gap-3">
      <Sentence simulated={simulated} />
      <ol className="flex flex-col gap-2">
        {ranked.map((verdict) => (
          <Verdict key={verdict.accountId} verdict={verdict} names={simulated.accountNames} />
        ))}
      </ol>
    </div>
  );
}

function Sentence({ simulated: { verdicts, wait, accountNames } }: { readonly simulated: Simulated }) {
  const { t, i18n } = useTranslation();
  const best = verdicts.find(({ rank }) => rank === 0);
  const nameOf = (id: string) => accountNames[id] ?? id;
  if (wait) {
    const time = formatDuration(wait.maxMs, i18n.language);
    return <p>{t('routing.wouldWait', { name: wait.accountIds.map(nameOf).join(', '), time })}</p>;
  }
  return (
    <p className="font-medium">
      {best ? t('routing.wouldServe', { name: nameOf(best.accountId) }) : t('routing.nobody')}
    </p>
  );
}

interface VerdictProps {
  readonly verdict: Simulated['verdicts'][number];
  readonly names: Simulated['accountNames'];
}

function Verdict({ verdict: { accountId, rank, skipped, until }, names }: VerdictProps) {
  const { t, i18n } = useTranslation();
  const isIn = skipped === undefined;
  return (
    <li className="flex items-baseline gap-2">
      <StateMark tone={isIn ? 'good' : 'quiet'} />
      <span className="min-w-0">
        <span className="font-medium">
          {rank !== undefined && `${rank + 1}. `}
          <Masked text={names[accountId] ?? accountId} />
        </span>{' '}
        <span className="text-muted">
          {isIn ? t('routing.eligible') : skipped}{' '}
          {until !== undefined && t('routing.until', { time: formatFuture(until, i18n.language, Date.now()) })}
        </span>
      </span>
    </li>
  );
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
