import { Pause, Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../components/allowed.tsx';
import { Button, IconButton } from '../components/button.tsx';
import { StateMark } from '../components/state-mark.tsx';
import { useApi, useChange } from '../stores/api.ts';

/** Whether it is paused, and how that is changed; nothing while that is not known. */
export function usePause() {
  const state = useApi('status', {}).value?.state;
  const pause = useChange('pauseRelay', ['status']);
  const resume = useChange('resumeRelay', ['status']);
  const may = useMay();
  if (state !== 'running' && state !== 'paused') return undefined;
  const isPaused = state === 'paused';
  const change = isPaused ? resume : pause;
  const toggle = () => void change.run({}).catch(nothing);
  return { isPaused, toggle: may('pauseRelay') ? toggle : undefined };
}

export function PauseButton() {
  const { t } = useTranslation();
  const paused = usePause();
  if (!paused?.toggle) return null;
  const Icon = paused.isPaused ? Play : Pause;
  return (
    <IconButton
      label={t(paused.isPaused ? 'pause.resume' : 'pause.pause')}
      aria-pressed={paused.isPaused}
      onClick={paused.toggle}
    >
      <Icon className="size-4" aria-hidden="true" />
    </IconButton>
  );
}

/** Over every page, so that nobody looks for a fault that is none. */
export function PausedBanner() {
  const { t } = useTranslation();
  const paused = usePause();
  if (!paused?.isPaused) return null;
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl border border-line bg-surface px-5 py-3"
    >
      <StateMark tone="caution" />
      <span className="min-w-0 flex-1 basis-60">{t('pause.banner')}</span>
      <Button needs="resumeRelay" look="primary" onClick={paused.toggle}>
        {t('pause.resume')}
      </Button>
    </div>
  );
}

/** Until the next start, nothing that is sealed can be used. */
export function LockedBanner() {
  const { t } = useTranslation();
  if (!useApi('status', {}).value?.secretsLocked) return null;
  return (
    <p role="status" className="flex items-baseline gap-3 rounded-xl border border-line bg-surface px-5 py-3">
      <StateMark tone="bad" />
      <span>{t('state.withoutAccounts')}</span>
    </p>
  );
}

function nothing(): void {
  // What the relay is now is shown by its own state.
}
