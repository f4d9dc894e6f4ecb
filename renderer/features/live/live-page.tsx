import { useCallback, useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Allowed } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { useSearch, withParams } from '../../stores/search.ts';
import { CallList } from './call-list.tsx';
import { CallPane } from './call-pane.tsx';
import { CapturePanel } from './capture-panel.tsx';
import { FilterBar } from './filter-bar.tsx';
import { useNames } from './names.ts';
import { type FilterName, readFilter, sessionQuery } from './read-filter.ts';

/** Every call as it ends, the newest first. */
export function LivePage() {
  const { t } = useTranslation();
  const [search, go] = useSearch();
  const [isPaused, setPaused] = useState(false);
  const [isAsked, setAsked] = useState(false);
  const names = useNames();
  // Beside the address, which follows a moment later: what is typed must not wait for it.
  const [wanted, setWanted] = useState(search.get('text') ?? '');
  const text = useDeferredValue(wanted);
  const filter = readFilter(search);
  const opened = search.get('id');
  const change = (name: FilterName | 'id', value: string) => {
    if (name === 'text') setWanted(value);
    go((latest) => withParams(latest, { [name]: value }), { replace: name === 'text' });
  };
  const ask = (query: string) => {
    const next = new URLSearchParams(query);
    setWanted(next.get('text') ?? '');
    go(() => next);
  };
  const open = useCallback((requestId: string) => go((latest) => withParams(latest, { id: requestId })), [go]);
  return (
    <>
      <PageHeading title={t('live.heading')} note={t('live.note')}>
        <Button needs="showCapture" onClick={() => setAsked(true)}>
          {t('live.capture')}
        </Button>
        <Button aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {t(isPaused ? 'live.resume' : 'live.pause')}
        </Button>
      </PageHeading>
      <Allowed to="showCapture">
        <CapturePanel isAsked={isAsked} onAnswered={() => setAsked(false)} />
      </Allowed>
      <FilterBar {...{ search, text: wanted, names }} onChange={change} onQuery={ask} />
      <CallList
        // Another question begins with nothing known.
        key={JSON.stringify(filter)}
        {...{ filter, text, names, isPaused }}
        onOpen={open}
        onClear={() => ask('')}
      />
      {opened !== null && (
        <CallPane requestId={opened} onSession={(call) => ask(sessionQuery(call))} onClose={() => change('id', '')} />
      )}
    </>
  );
}
