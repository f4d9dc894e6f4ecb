import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { StateMark } from '../components/state-mark.tsx';
import { useApi } from '../stores/api.ts';

/** Over every page while the relay is gone; Home says so in its first sentence. */
export function LostBanner() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const isLost = useIsLost();
  if (!isLost || pathname === '/') return null;
  return (
    <p role="alert" className="flex flex-wrap items-baseline gap-2 rounded-xl border border-line bg-surface px-5 py-3">
      <StateMark tone="bad" />
      <span>{t('state.lost')}</span>
      <span className="text-muted">{t('state.start')}</span>
    </p>
  );
}

/** Whether it answered before and does not now. */
export function useIsLost(): boolean {
  const { value, failure } = useApi('status', {});
  return failure?.kind === 'unreachable' && value !== undefined;
}
