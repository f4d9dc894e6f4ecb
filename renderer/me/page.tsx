import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../components/button.tsx';
import { FailureNotice } from '../components/failure-notice.tsx';
import { Select } from '../components/field.tsx';
import { Panel } from '../components/panel.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { changeLanguage, isLanguage, languages } from '../i18n/languages.ts';
import { Alerts } from './alerts.tsx';
import { History } from './history.tsx';
import { Keys } from './keys.tsx';
import { Limits } from './limits.tsx';
import { OwnSignIn } from './own-sign-in.tsx';
import { Setup } from './setup.tsx';
import { SignIn } from './sign-in.tsx';
import { type Mine, useVisit } from './store.ts';
import { Used } from './used.tsx';

/** What a member sees of themselves: a phone's width first. */
export function MePage() {
  const { t, i18n } = useTranslation();
  const { phase, ways, mine, failure, look } = useVisit();
  useEffect(() => {
    document.title = `${t('mine.title')} · Waystation`;
  }, [t]);
  return (
    <div className="mx-auto flex min-h-screen w-full max-w-2xl flex-col gap-5 px-4 py-5">
      <header className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="font-semibold text-lg">{t('mine.title')}</h1>
        <Select
          isNarrow
          aria-label={t('page.language')}
          value={i18n.language}
          onChange={({ target }) => isLanguage(target.value) && changeLanguage(target.value)}
        >
          {Object.entries(languages).map(([tag, name]) => (
            <option key={tag} value={tag}>
              {name}
            </option>
          ))}
        </Select>
      </header>
      <main className="flex flex-col gap-5">
        {phase === 'loading' && <Skeleton />}
        {phase === 'lost' && failure && <FailureNotice failure={failure} onRetry={() => void look()} />}
        {phase === 'signed-out' && ways && <SignIn ways={ways} />}
        {phase === 'open' && mine && <Overview mine={mine} />}
      </main>
    </div>
  );
}

function Overview({ mine }: { readonly mine: Mine }) {
  const { t } = useTranslation();
  const { failure, loadedAt, look, signOut } = useVisit();
  const resource = { value: mine, failure, loadedAt, refresh: look };
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 break-words">{t('mine.signedIn', { name: mine.name })}</p>
        <Button onClick={() => void signOut()}>{t('mine.out')}</Button>
      </div>
      <Alerts alerts={mine.alerts} />
      <Panel heading={t('mine.used')} resource={resource}>
        <Used mine={mine} />
      </Panel>
      <Panel heading={t('mine.limits')} resource={resource}>
        <Limits mine={mine} />
      </Panel>
      <Panel heading={t('mine.history')} resource={resource}>
        <History mine={mine} />
      </Panel>
      <Panel heading={t('mine.keys')} resource={resource}>
        <Keys mine={mine} />
      </Panel>
      <OwnSignIn />
      <Panel heading={t('mine.setup')} resource={resource}>
        <Setup />
      </Panel>
    </>
  );
}
