import { useTranslation } from 'react-i18next';
import { StateMark } from '../components/state-mark.tsx';
import { formatFuture } from '../i18n/format.ts';
import type { Mine } from './store.ts';

/** Limits that are used up, or nearly: said before anything else. */
export function Alerts({ alerts }: Pick<Mine, 'alerts'>) {
  const { t, i18n } = useTranslation();
  if (alerts.length === 0) return null;
  return (
    <ul role="status" className="flex flex-col gap-2 rounded-xl border border-line bg-surface px-5 py-4">
      {alerts.map(({ keyName, percent, at, resetsAt }) => (
        <li key={`${keyName} ${percent} ${at}`} className="flex gap-3">
          <StateMark tone={percent >= 100 ? 'bad' : 'caution'} />
          <span className="min-w-0 break-words">
            {keyName === null
              ? t('mine.reached', { percent: percent / 100 })
              : t('mine.reachedOfKey', { percent: percent / 100, name: keyName })}{' '}
            {resetsAt !== undefined && (
              <span className="text-muted">
                {t('mine.roomAgain', { time: formatFuture(resetsAt, i18n.language, Date.now()) })}
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
