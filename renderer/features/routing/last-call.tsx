import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { Decision } from './decision.tsx';

/** Why the call before went where it went. */
export function LastCall() {
  const { t, i18n } = useTranslation();
  const heading = useId();
  const [isAsked, setAsked] = useState(false);
  const latest = useApi('listCalls', { limit: 1 }, { isWanted: isAsked, every: false });
  const call = latest.value?.calls[0];
  const explained = useApi(
    'explainCall',
    { requestId: call?.requestId ?? 'none' },
    { isWanted: call !== undefined, every: false },
  );
  const failure = latest.failure ?? explained.failure;
  const show = () => {
    setAsked(true);
    if (isAsked) void latest.refresh();
  };
  return (
    <section
      aria-labelledby={heading}
      className="flex flex-col gap-4 rounded-xl border border-line bg-surface px-5 pt-4 pb-5"
    >
      <h2 id={heading} className="font-semibold text-[0.9375rem]">
        {t('routing.lastCall')}
      </h2>
      <Button className="self-start" onClick={show}>
        {t('routing.explainLast')}
      </Button>
      {failure && <FailureNotice failure={failure} onRetry={() => void latest.refresh()} />}
      {isAsked && latest.value && !call && <p className="text-muted">{t('routing.noCall')}</p>}
      {call && (
        <p className="text-muted">
          {t('routing.lastWas', { model: call.model, time: formatPast(call.startedAt, i18n.language, Date.now()) })}{' '}
          <Link to={`/live?id=${call.requestId}`} className="text-accent underline underline-offset-2">
            {t('routing.wholeCall')}
          </Link>
        </p>
      )}
      {call && explained.value && <Decision isPast decided={explained.value} />}
    </section>
  );
}
