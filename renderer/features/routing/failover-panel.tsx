import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/panel.tsx';
import { formatCount, formatDuration } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';

/** How calls are tried again, and when an account rests: built in. */
export function FailoverPanel() {
  const { t, i18n } = useTranslation();
  const failover = useApi('showFailover', {}, { every: false });
  const time = (ms: number) => formatDuration(ms, i18n.language);
  const count = (number: number) => formatCount(number, i18n.language);
  const facts = failover.value ? factsOf(failover.value) : [];
  return (
    <Panel heading={t('routing.failover')} resource={failover}>
      <details className="px-5 pb-5">
        <summary className="min-h-6 cursor-pointer font-medium">{t('routing.failoverShow')}</summary>
        <p className="my-2 text-muted">{t('routing.failoverNote')}</p>
        <dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-1">
          {facts.map(([term, text]) => (
            <div key={term} className="contents">
              <dt className="text-muted">{term}</dt>
              <dd className="text-right tabular-nums">{text}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Panel>
  );

  function factsOf({ maxAttempts, maxAttemptsMs, sessionMs, breaker }: NonNullable<typeof failover.value>) {
    return [
      [t('routing.attempts'), count(maxAttempts)],
      [t('routing.attemptsTime'), time(maxAttemptsMs)],
      [t('routing.sessionTime'), time(sessionMs)],
      [t('routing.inARow'), count(breaker.failuresInARow)],
      [
        t('routing.share'),
        t('routing.shareOf', {
          count: breaker.failures,
          percent: breaker.sharePercent,
          time: time(breaker.countedMs),
        }),
      ],
      [t('routing.rests'), `${time(breaker.shortestOpenMs)} – ${time(breaker.longestOpenMs)}`],
      [t('routing.proves'), count(breaker.answersToClose)],
    ] as const;
  }
}
