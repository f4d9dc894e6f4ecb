import { useDeferredValue, useEffect, useEffectEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { controlShape, Select } from '../../components/field.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Call, useCalls } from '../../stores/calls.ts';
import { CallPane } from './call-pane.tsx';
import { CallsTable } from './calls-table.tsx';
import { useNames } from './names.ts';

type Status = Call['status'];

const statuses = ['completed', 'aborted', 'failed'] as const satisfies readonly Status[];

/** Every call as it ends, the newest first. */
export function LivePage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const [wanted, setWanted] = useState('');
  const [status, setStatus] = useState<Status>();
  const [isPaused, setPaused] = useState(false);
  const text = useDeferredValue(wanted);
  const opened = search.get('id');
  const open = (id: string | undefined) => setSearch(id === undefined ? {} : { id });
  const clear = () => {
    setWanted('');
    setStatus(undefined);
  };
  return (
    <>
      <PageHeading title={t('live.heading')} note={t('live.note')}>
        <Button aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {t(isPaused ? 'live.resume' : 'live.pause')}
        </Button>
      </PageHeading>
      <div className="flex flex-wrap gap-2">
        <input
          type="search"
          aria-label={t('live.filter')}
          placeholder={t('live.filter')}
          value={wanted}
          onChange={({ target }) => setWanted(target.value)}
          className={`${controlShape} w-full sm:w-80`}
        />
        <Select
          aria-label={t('calls.status')}
          value={status ?? ''}
          onChange={({ target }) => setStatus(statuses.find((one) => one === target.value))}
          isNarrow
        >
          <option value="">{t('live.anyStatus')}</option>
          {statuses.map((one) => (
            <option key={one} value={one}>
              {t(`calls.${one}`)}
            </option>
          ))}
        </Select>
      </div>
      <CallList
        // Another question begins with nothing known.
        key={status ?? 'any'}
        status={status}
        text={text}
        isPaused={isPaused}
        onOpen={open}
        onClear={clear}
      />
      {opened !== null && <CallPane requestId={opened} onClose={() => open(undefined)} />}
    </>
  );
}

interface ListProps {
  readonly status: Status | undefined;
  readonly text: string;
  readonly isPaused: boolean;
  onOpen(requestId: string): void;
  onClear(): void;
}

function CallList({ status, text, isPaused, onOpen, onClear }: ListProps) {
  const { t } = useTranslation();
  const names = useNames();
  const calls = useCalls(status ? { status } : {}, { isPaused });
  const shown = (calls.value ?? []).filter((call) => fits(call, text, names));
  const isFiltered = text !== '' || status !== undefined;
  return (
    <>
      <Panel heading={t('live.calls')} note={t('live.shown', { count: shown.length })} resource={calls}>
        {shown.length > 0 && <CallsTable calls={shown} names={names} onOpen={({ requestId }) => onOpen(requestId)} />}
        {shown.length === 0 && !isFiltered && <EmptyState text={t('calls.empty')} />}
        {shown.length === 0 && isFiltered && (
          <EmptyState text={t('live.nothing')}>
            <Button onClick={onClear}>{t('live.clear')}</Button>
          </EmptyState>
        )}
      </Panel>
      {calls.hasOlder && <OlderButton load={calls.loadOlder} />}
    </>
  );
}

/** Loads by itself once it comes near the window; also a button, for who does not scroll. */
function OlderButton({ load }: { readonly load: () => Promise<void> }) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const [isLoading, setLoading] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const run = async () => {
    if (isLoading) return;
    setLoading(true);
    setFailed(
      await load().then(
        () => false,
        () => true,
      ),
    );
    setLoading(false);
  };
  const begin = useEffectEvent(run);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry?.isIntersecting && void begin(), {
      rootMargin: '400px',
    });
    if (place.current) watcher.observe(place.current);
    return () => watcher.disconnect();
  }, []);
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
