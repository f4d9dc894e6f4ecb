import type { TFunction } from 'i18next';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { CallStatus } from '../../components/call-status.tsx';
import { Masked } from '../../components/masked.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCost, formatCount, formatDuration, formatPast } from '../../i18n/format.ts';
import type { useNames } from './names.ts';

type Call = Output<'listCalls'>['calls'][number];

interface Props {
  readonly calls: readonly Call[];
  readonly names: ReturnType<typeof useNames>;
  onOpen(requestId: string): void;
}

export function CallsTable({ calls, names, onOpen }: Props) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  // The same until what they say is different: a row whose columns are the same is not drawn again.
  const columns = useMemo(() => columnsOf(names, t, language), [names, t, language]);
  const open = useCallback(({ requestId }: Call) => onOpen(requestId), [onOpen]);
  return <Table label={t('live.calls')} columns={columns} rows={calls} keyOf={idOf} onOpen={open} />;
}

function idOf({ requestId }: Call): string {
  return requestId;
}

function columnsOf(names: Props['names'], t: TFunction, language: string): readonly Column<Call>[] {
  return [
    {
      name: 'time',
      heading: t('calls.time'),
      cell: ({ startedAt }) => (
        <time dateTime={new Date(startedAt).toISOString()} className="whitespace-nowrap text-muted tabular-nums">
          {formatPast(startedAt, language, Date.now())}
        </time>
      ),
    },
    { name: 'status', heading: t('calls.status'), cell: (call) => <CallStatus call={call} /> },
    { name: 'model', heading: t('calls.model'), cell: (call) => <Model call={call} /> },
    {
      name: 'key',
      heading: t('live.key'),
      cell: ({ keyId }) => <Masked text={names.keys.get(keyId ?? '') ?? t('live.thisComputer')} />,
    },
    {
      name: 'account',
      heading: t('calls.account'),
      cell: ({ accountId }) =>
        accountId === null ? t('calls.noAccount') : <Masked text={names.accounts.get(accountId) ?? accountId} />,
    },
    { name: 'speed', heading: t('live.speed'), isNumber: true, cell: (call) => <Speed call={call} /> },
    {
      name: 'tokens',
      heading: t('calls.tokens'),
      isNumber: true,
      cell: (call) => `${formatCount(promptOf(call), language)} / ${formatCount(call.outputTokens, language)}`,
    },
    {
      name: 'cost',
      heading: t('calls.cost'),
      isNumber: true,
      cell: ({ costNanoUsd }) => (costNanoUsd === null ? t('calls.unpriced') : formatCost(costNanoUsd, language)),
    },
  ];
}

/** What was sent: also what came from a cache or went into one. */
export function promptOf(call: Call): number {
  return call.inputTokens + call.cacheReadTokens + call.cacheWrite5mTokens + call.cacheWrite1hTokens;
}

function Model({ call: { model, upstreamModel } }: { readonly call: Call }) {
  const isMapped = upstreamModel !== null && upstreamModel !== model;
  return (
    <>
      <span className="block">{model}</span>
      {isMapped && <span className="block text-muted text-xs">→ {upstreamModel}</span>}
    </>
  );
}

function Speed({ call: { firstByteMs, durationMs, attempts } }: { readonly call: Call }) {
  const { t, i18n } = useTranslation();
  const first = firstByteMs === null ? '–' : formatDuration(firstByteMs, i18n.language);
  return (
    <>
      <span className="block">{`${first} / ${formatDuration(durationMs, i18n.language)}`}</span>
      {attempts.length > 1 && (
        <span className="block text-muted text-xs">{t('calls.attempts', { count: attempts.length })}</span>
      )}
    </>
  );
}
