import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Call, type CallFilter, useCalls } from '../../stores/calls.ts';
import { CallsTable } from './calls-table.tsx';
import type { useNames } from './names.ts';

interface ListProps {
  readonly filter: CallFilter;
  readonly text: string;
  readonly names: ReturnType<typeof useNames>;
  readonly isPaused: boolean;
  onOpen(requestId: string): void;
  onClear(): void;
}

/** Calls with what belongs to the question of the list. One filter for the life of the component. */
export function CallList({ filter, text, names, isPaused, onOpen, onClear }: ListProps) {
  const { t } = useTranslation();
  const calls = useCalls(filter, { isPaused });
  const { value } = calls;
  const shown = useMemo(() => (value ?? []).filter((call) => fits(call, text, names)), [value, text, names]);
  const isFiltered = text !== '' || Object.keys(filter).length > 0;
  return (
    <>
      <Panel heading={t('live.calls')} note={t('live.shown', { count: shown.length })} resource={calls}>
        {shown.length > 0 && <CallsTable calls={shown} names={names} onOpen={onOpen} />}
        {shown.length === 0 && !isFiltered && <EmptyState text={t('calls.empty')} />}
        {shown.length === 0 && isFiltered && (
          <EmptyState text={calls.hasOlder ? t('live.nothingYet', { count: value?.length ?? 0 }) : t('live.nothing')}>
            <Button onClick={onClear}>{t('live.clear')}</Button>
          </EmptyState>
        )}
      </Panel>
      {calls.hasOlder && <OlderButton shown={shown.length} load={calls.loadOlder} />}
    </>
  );
}

interface OlderProps {
  /** How many calls are shown above it. */
  readonly shown: number;
  load(): Promise<void>;
}

/** Loads by itself while it is near the window and that brings something; also a button, for who does not scroll. */
function OlderButton({ shown, load }: OlderProps) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const [isLoading, setLoading] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  // Beside what is drawn, which may be a moment behind.
  const isBusy = useRef(false);
  const run = async () => {
    if (isBusy.current) return;
    isBusy.current = true;
    setLoading(true);
    const isLoaded = await load().then(
      () => true,
      () => false,
    );
    isBusy.current = false;
    setFailed(!isLoaded);
    setLoading(false);
  };
  const begin = useEffectEvent(run);
  // A watcher tells only of changes: a new one is asked each time whether it is near still.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the number of calls moves it.
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry?.isIntersecting && void begin(), {
      rootMargin: '400px',
    });
    if (place.current) watcher.observe(place.current);
    return () => watcher.disconnect();
  }, [shown]);
  return (
    <div ref={place} className="flex flex-col items-center gap-2">
      {hasFailed && <p role="alert">{t('live.moreFailed')}</p>}
      <Button disabled={isLoading} onClick={() => void run()}>
        {t('live.more')}
      </Button>
    </div>
  );
}

function fits(call: Call, wanted: string, { accounts, keys }: ReturnType<typeof useNames>): boolean {
  if (wanted === '') return true;
  const { requestId, model, upstreamModel, errorKind, project, accountId, keyId } = call;
  const parts = [
    requestId,
    model,
    upstreamModel,
    errorKind,
    project,
    accounts.get(accountId ?? ''),
    keys.get(keyId ?? ''),
  ];
  const text = parts.join(' ').toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
