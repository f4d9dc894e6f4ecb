import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { CallStatus } from '../../components/call-status.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCost, formatCount, formatPast } from '../../i18n/format.ts';
import type { Answer } from '../../stores/api.ts';

type Call = Output<'listUsage'>[number];
type Accounts = Output<'listAccounts'>;

interface Props {
  readonly resource: Answer<readonly Call[]>;
  readonly accounts: Accounts;
}

export function CallsPanel({ resource, accounts }: Props) {
  const { t, i18n } = useTranslation();
  const calls = resource.value ?? [];
  const cost = formatCost(totalCost(calls), i18n.language);
  const note = calls.length > 0 ? t('calls.total', { count: calls.length, cost }) : undefined;
  return (
    <Panel heading={t('calls.heading')} note={note} resource={resource}>
      {calls.length > 0 ? (
        <CallsTable calls={calls} accounts={accounts} />
      ) : (
        <p className="px-5 pb-5 text-muted">{t('calls.empty')}</p>
      )}
    </Panel>
  );
}

interface TableProps {
  readonly calls: readonly Call[];
  readonly accounts: Accounts;
}

function CallsTable({ calls, accounts }: TableProps) {
  const { t, i18n } = useTranslation();
  const names = new Map(accounts.map(({ id, name }) => [id, name]));
  const columns: readonly Column<Call>[] = [
    {
      name: 'time',
      heading: t('calls.time'),
      cell: ({ startedAt }) => (
        <time dateTime={new Date(startedAt).toISOString()} className="whitespace-nowrap text-muted tabular-nums">
          {formatPast(startedAt, i18n.language, Date.now())}
        </time>
      ),
    },
    { name: 'model', heading: t('calls.model'), cell: (call) => <Model call={call} /> },
    { name: 'account', heading: t('calls.account'), cell: (call) => <AccountName call={call} names={names} /> },
    { name: 'status', heading: t('calls.status'), cell: (call) => <CallStatus call={call} /> },
    { name: 'tokens', heading: t('calls.tokens'), isNumber: true, cell: (call) => <Tokens call={call} /> },
    { name: 'cost', heading: t('calls.cost'), isNumber: true, cell: (call) => <Cost call={call} /> },
  ];
  return <Table label={t('calls.heading')} columns={columns} rows={calls} keyOf={({ requestId }) => requestId} />;
}

interface CellProps {
  readonly call: Call;
}

function Model({ call: { model, upstreamModel } }: CellProps) {
  const isMapped = upstreamModel !== null && upstreamModel !== model;
  return (
    <>
      <span className="block">{model}</span>
      {isMapped && <span className="block text-muted text-xs">→ {upstreamModel}</span>}
    </>
  );
}

function AccountName({ call, names }: CellProps & { readonly names: ReadonlyMap<string, string> }) {
  const { t } = useTranslation();
  const { accountId, attempts } = call;
  if (accountId === null) return <span className="text-muted">{t('calls.noAccount')}</span>;
  return (
    <>
      <span className="block">{names.get(accountId) ?? accountId}</span>
      {attempts.length > 1 && (
        <span className="block text-muted text-xs">{t('calls.attempts', { count: attempts.length })}</span>
      )}
    </>
  );
}

function Tokens({ call }: CellProps) {
  const { t, i18n } = useTranslation();
  const count = (tokens: number) => formatCount(tokens, i18n.language);
  const cached = call.cacheReadTokens;
  const written = call.cacheWrite5mTokens + call.cacheWrite1hTokens;
  return (
    <>
      <span className="block">
        {call.basis === 'estimated' && (
          <abbr title={t('calls.estimated')} className="mr-1 no-underline">
            ≈
          </abbr>
        )}
        {count(call.inputTokens + cached + written)} / {count(call.outputTokens)}
      </span>
      {cached > 0 && <span className="block text-muted text-xs">{t('calls.cached', { count: cached })}</span>}
    </>
  );
}

function Cost({ call: { costNanoUsd } }: CellProps) {
  const { t, i18n } = useTranslation();
  if (costNanoUsd === null) return <span className="text-caution">{t('calls.unpriced')}</span>;
  return formatCost(costNanoUsd, i18n.language);
}

function totalCost(calls: readonly Call[]): number {
  return calls.reduce((total, { costNanoUsd }) => total + (costNanoUsd ?? 0), 0);
}
