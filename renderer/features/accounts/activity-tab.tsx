import { useTranslation } from 'react-i18next';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { formatFuture, formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';

/** How its state changed, the newest first. */
export function ActivityTab({ id }: { readonly id: string }) {
  const { t, i18n } = useTranslation();
  const timeline = useApi('accountTimeline', { id, limit: 100 });
  if (!timeline.value) {
    return timeline.failure ? (
      <FailureNotice failure={timeline.failure} onRetry={() => void timeline.refresh()} />
    ) : (
      <Skeleton />
    );
  }
  if (timeline.value.length === 0) return <p className="text-muted">{t('accounts.noHistory')}</p>;
  return (
    <ol className="flex flex-col gap-2">
      {timeline.value.map(({ at, state, reason, until }) => (
        <li key={`${at} ${state}`} className="grid gap-x-3 sm:grid-cols-[8.5rem_1fr]">
          <time dateTime={new Date(at).toISOString()} className="text-muted tabular-nums">
            {formatPast(at, i18n.language, Date.now())}
          </time>
          <span>
            <span className="font-medium">{t(`accounts.${state}`)}</span> <span className="text-muted">{reason}</span>{' '}
            {until !== undefined && (
              <span className="text-muted">
                {t('accounts.until', { time: formatFuture(until, i18n.language, at) })}
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
