import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Input, Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { controlShape, Select } from '../../components/field.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi } from '../../stores/api.ts';
import { CallPane } from './call-pane.tsx';
import { CallsTable } from './calls-table.tsx';
import { useNames } from './names.ts';

type Call = Output<'listUsage'>[number];
type Status = Call['status'];

const statuses = ['completed', 'aborted', 'failed'] as const satisfies readonly Status[];
const firstCount = 100;
const mostCalls = 1_000;
const refreshMs = 2_000;

/** Every call as it ends, the newest first. */
export function LivePage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const [wanted, setWanted] = useState('');
  const [status, setStatus] = useState<Status>();
  const [count, setCount] = useState(firstCount);
  const [isPaused, setPaused] = useState(false);
  const names = useNames();
  const question: Input<'listUsage'> = { limit: count, ...(status && { status }) };
  const calls = useApi('listUsage', question, { every: isPaused ? false : refreshMs });
  const text = useDeferredValue(wanted);
  const shown = (calls.value ?? []).filter((call) => fits(call, text, names));
  const opened = search.get('id');
  const open = (id: string | undefined) => setSearch(id === undefined ? {} : { id });
  const isFiltered = wanted !== '' || status !== undefined;
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
      <Panel heading={t('live.calls')} note={t('live.shown', { count: shown.length })} resource={calls}>
        {shown.length > 0 && <CallsTable calls={shown} names={names} onOpen={({ requestId }) => open(requestId)} />}
        {shown.length === 0 && !isFiltered && <EmptyState text={t('calls.empty')} />}
        {shown.length === 0 && isFiltered && (
          <EmptyState text={t('live.nothing')}>
            <Button onClick={clear}>{t('live.clear')}</Button>
          </EmptyState>
        )}
      </Panel>
      {(calls.value?.length ?? 0) === count && count < mostCalls && (
        <Button className="self-center" onClick={() => setCount(Math.min(mostCalls, count * 3))}>
          {t('live.more')}
        </Button>
      )}
      {opened !== null && <CallPane requestId={opened} onClose={() => open(undefined)} />}
    </>
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
