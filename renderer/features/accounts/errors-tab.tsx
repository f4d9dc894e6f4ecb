import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';

/** What went wrong, the newest first. */
export function ErrorsTab({ id }: { readonly id: string }) {
  const { t, i18n } = useTranslation();
  const errors = useApi('accountErrors', { id, limit: 100 });
  if (!errors.value) {
    return errors.failure ? (
      <FailureNotice failure={errors.failure} onRetry={() => void errors.refresh()} />
    ) : (
      <Skeleton />
    );
  }
  if (errors.value.length === 0) return <p className="text-muted">{t('accounts.noErrors')}</p>;
  return (
    <ol className="flex flex-col gap-3">
      {errors.value.map(({ at, requestId, model, fault, status, detail }) => (
        <li key={`${requestId} ${at}`} className="grid gap-x-3 sm:grid-cols-[8.5rem_1fr]">
          <time dateTime={new Date(at).toISOString()} className="text-muted tabular-nums">
            {formatPast(at, i18n.language, Date.now())}
          </time>
          <span className="min-w-0">
            <span className="font-medium">{status === undefined ? fault : `${fault} · ${status}`}</span>{' '}
            <span className="text-muted">{model}</span>
            {detail !== undefined && <span className="block break-words text-muted text-xs">{detail}</span>}
            <Link to={`/live?id=${requestId}`} className="block text-accent text-xs underline underline-offset-2">
              {t('accounts.showCall')}
            </Link>
          </span>
        </li>
      ))}
    </ol>
  );
}
