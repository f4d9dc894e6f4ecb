import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { type Account, AccountState, AccountWhy } from '../../components/account-state.tsx';
import { useMay } from '../../components/allowed.tsx';
import { Sparkline } from '../../components/charts/sparkline.tsx';
import { LimitGauges } from '../../components/limit-gauges.tsx';
import { Masked } from '../../components/masked.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCost, formatCount } from '../../i18n/format.ts';
import { localZone } from '../../i18n/local-time.ts';
import { useApi } from '../../stores/api.ts';

interface Props {
  readonly accounts: readonly Account[];
  readonly picked: ReadonlySet<string>;
  groupsOf(account: Account): readonly string[];
  onOpen(account: Account): void;
  onPick(picked: ReadonlySet<string>): void;
}

const errorsEvery = 30_000;

export function AccountsTable({ accounts, picked, groupsOf, onOpen, onPick }: Props) {
  const may = useMay();
  const { t } = useTranslation();
  const counted = useApi('countAccountErrors', {}, { every: errorsEvery }).value ?? [];
  const errorsOf = new Map(counted.map(({ accountId, counts }) => [accountId, counts]));
  const today = useApi('showToday', { timeZone: localZone }).value;
  const todayOf = new Map(today?.byAccount.map((sums) => [sums.accountId, sums]));
  const columns: readonly Column<Account>[] = [
    {
      name: 'name',
      heading: t('accounts.name'),
      sortBy: ({ name }) => name,
      cell: (account) => <Name account={account} groups={groupsOf(account)} />,
    },
    {
      name: 'state',
      heading: t('accounts.state'),
      sortBy: ({ state }) => state,
      cell: (account) => (
        <>
          <AccountState account={account} />
          <span className="block max-w-72 pl-5 text-xs">
            <AccountWhy account={account} />
          </span>
        </>
      ),
    },
    {
      name: 'limits',
      heading: t('accounts.limits'),
      sortBy: ({ limits }) => (limits ? Math.max(0, ...limits.windows.map(({ used }) => used)) : undefined),
      cell: (account) => <LimitGauges account={account} />,
    },
    {
      name: 'in-flight',
      heading: t('accounts.inFlight'),
      isNumber: true,
      sortBy: ({ inFlight }) => inFlight,
      cell: (account) => <Use account={account} />,
    },
    {
      name: 'today',
      heading: t('accounts.today'),
      isNumber: true,
      sortBy: ({ id }) => todayOf.get(id)?.costNanoUsd ?? 0,
      // Whoever has no sum had no call; before the sums are there nothing is said.
      cell: ({ id }) => today && <Today sums={todayOf.get(id)} />,
    },
    {
      name: 'errors',
      heading: t('accounts.errorsDay'),
      sortBy: ({ id }) => sumOf(errorsOf.get(id)),
      cell: ({ id }) => <Errors counts={errorsOf.get(id)} />,
    },
    {
      name: 'priority',
      heading: t('accounts.priority'),
      isNumber: true,
      sortBy: ({ priority }) => priority,
      cell: ({ priority, weight }) => t('accounts.place', { priority, weight }),
    },
  ];
  return (
    <Table
      label={t('accounts.heading')}
      columns={columns}
      rows={accounts}
      keyOf={({ id }) => id}
      onOpen={onOpen}
      // Nothing to do with those that are picked: none is.
      selection={
        may('pauseAccount')
          ? {
              picked,
              allLabel: t('accounts.pickAll'),
              labelOf: ({ name }) => t('accounts.pick', { name }),
              onChange: onPick,
            }
          : undefined
      }
    />
  );
}

function Name({ account: { name, provider, hasProxy }, groups }: { account: Account; groups: readonly string[] }) {
  const { t } = useTranslation();
  const rest = [t(`provider.${provider}`), ...groups, ...(hasProxy ? [t('accounts.proxy')] : [])];
  return (
    <>
      <span className="block font-medium">
        <Masked text={name} />
      </span>
      <span className="block text-muted text-xs">{rest.join(' · ')}</span>
    </>
  );
}

function Use({ account: { inFlight, waiting, care } }: { readonly account: Account }) {
  const { t, i18n } = useTranslation();
  const { maxConcurrent } = care;
  const most = maxConcurrent === undefined ? '' : ` / ${formatCount(maxConcurrent, i18n.language)}`;
  return (
    <>
      <span className="block">{`${formatCount(inFlight, i18n.language)}${most}`}</span>
      {waiting > 0 && (
        <span className="block text-muted text-xs">{t('accounts.waitingCalls', { count: waiting })}</span>
      )}
    </>
  );
}

type Sums = Output<'showToday'>['byAccount'][number];

function Today({ sums }: { readonly sums: Sums | undefined }) {
  const { t, i18n } = useTranslation();
  const { calls = 0, costNanoUsd = 0, unpricedCalls = 0 } = sums ?? {};
  return (
    <>
      <span className="block">{formatCost(costNanoUsd, i18n.language)}</span>
      <span className="block whitespace-nowrap text-muted text-xs">
        {t('accounts.callsToday', { count: calls })}
        {unpricedCalls > 0 && <span className="block">{t('today.unpriced', { count: unpricedCalls })}</span>}
      </span>
    </>
  );
}

function Errors({ counts }: { readonly counts: readonly number[] | undefined }) {
  const { i18n } = useTranslation();
  const sum = sumOf(counts);
  return (
    <span className="inline-flex items-center gap-2 tabular-nums">
      {counts && <Sparkline values={counts} />}
      <span className={sum === 0 ? 'text-muted' : ''}>{formatCount(sum, i18n.language)}</span>
    </span>
  );
}

function sumOf(counts: readonly number[] = []): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
