import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { StateMark, type Tone } from '../components/state-mark.tsx';
import { useApi } from '../stores/api.ts';
import { usePages } from './pages.ts';

export function SideBar() {
  const { t } = useTranslation();
  return (
    <aside className="flex shrink-0 flex-col border-line border-b bg-surface md:sticky md:top-0 md:h-dvh md:w-56 md:border-r md:border-b-0">
      <p className="hidden items-center gap-2.5 px-5 pt-5 pb-4 font-semibold text-base md:flex">
        <Mark />
        {t('page.title')}
      </p>
      <nav aria-label={t('nav.label')} className="flex gap-1 overflow-x-auto px-2 py-2 md:flex-1 md:flex-col md:px-3">
        {usePages().map(({ id, path, icon: Icon }) => (
          <NavLink
            key={id}
            to={path}
            end={path === '/'}
            className={({ isActive }) =>
              `flex min-h-9 items-center gap-2.5 whitespace-nowrap rounded-lg px-3 font-medium ${isActive ? 'bg-soft text-accent' : 'text-muted hover:bg-sunken hover:text-text'}`
            }
          >
            <Icon className="size-4 shrink-0" aria-hidden="true" />
            {t(`nav.${id}`)}
          </NavLink>
        ))}
      </nav>
      <RelayCard />
    </aside>
  );
}

const tones: Readonly<Record<'running' | 'paused' | 'stopping' | 'stopped', Tone>> = {
  running: 'good',
  paused: 'caution',
  stopping: 'caution',
  stopped: 'bad',
};

/** On every page: whether it runs, and where. */
function RelayCard() {
  const { t } = useTranslation();
  const { value, failure } = useApi('status', {});
  const state = failure?.kind === 'unreachable' ? 'stopped' : value?.state;
  return (
    <div className="hidden p-3 md:block">
      <div className="rounded-xl border border-line bg-page px-3.5 py-3">
        <p className="flex items-baseline gap-2 font-medium">
          <StateMark tone={state ? tones[state] : 'quiet'} />
          {t(state === undefined ? 'state.loading' : `nav.${state}`)}
        </p>
        <p className="mt-0.5 truncate pl-5 font-mono text-muted text-xs">
          {(value?.url ?? location.origin).replace(/^https?:\/\//, '')}
        </p>
        {value && <p className="pl-5 text-muted text-xs">{t('page.version', { version: value.version })}</p>}
      </div>
    </div>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" className="size-6 text-accent" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="currentColor" />
      <path
        d="M7 11l4 11 5-9 5 9 4-11"
        fill="none"
        className="stroke-surface"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
