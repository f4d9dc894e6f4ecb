import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Outlet } from 'react-router';
import { Skeleton } from '../components/skeleton.tsx';
import { Help } from './help.tsx';
import { LostBanner, useIsLost } from './lost-banner.tsx';
import { Palette } from './palette.tsx';
import { LockedBanner, PausedBanner } from './pause.tsx';
import { useShortcuts } from './shortcuts.ts';
import { SideBar } from './side-bar.tsx';
import { TopBar } from './top-bar.tsx';

/** What stands around every page. */
export function Shell() {
  const { t } = useTranslation();
  useShortcuts();
  return (
    <div className="flex min-h-dvh flex-col md:flex-row">
      <button
        type="button"
        onClick={() => document.getElementById('content')?.focus()}
        className="sr-only z-50 rounded-lg bg-accent px-3 py-2 text-onaccent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('nav.skip')}
      </button>
      <SideBar />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar />
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto flex w-full max-w-6xl flex-1 flex-col gap-5 px-4 pt-2 pb-12 outline-none sm:px-6"
        >
          <LostBanner />
          <PausedBanner />
          <LockedBanner />
          {/* While the relay is gone nothing can be changed; what is known can be read on. */}
          <fieldset disabled={useIsLost()} className="contents">
            <Suspense fallback={<Skeleton />}>
              <Outlet />
            </Suspense>
          </fieldset>
        </main>
      </div>
      <Palette />
      <Help />
    </div>
  );
}
