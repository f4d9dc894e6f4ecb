import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { CommandLine } from '../../components/command-line.tsx';
import { LimitGauges } from '../../components/limit-gauges.tsx';
import { Panel } from '../../components/panel.tsx';
import { StateMark, type Tone } from '../../components/state-mark.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCount, formatFuture } from '../../i18n/format.ts';
import type { Answer } from '../../stores/api.ts';

type Account = Output<'listAccounts'>[number];
type ShownState = Account['health']['state'] | 'paused' | 'terms-open';

interface Props {
  readonly resource: Answer<readonly Account[]>;
}

const addAccount = 'npm run -s cli -- account add --provider anthropic --name main --secret-stdin';

const tones: Readonly<Record<ShownState, Tone>> = {
  active: 'good',
  paused: 'quiet',
  'terms-open': 'quiet',
  'cooling-down': 'caution',
  limited: 'caution',
  'needs-sign-in': 'bad',
  blocked: 'bad',
};

export function AccountsPanel({ resource }: Props) {
  const { t } = useTranslation();
  const accounts = resource.value ?? [];
  return (
    <Panel heading={t('accounts.heading')} resource={resource}>
      {accounts.length > 0 ? <AccountsTable accounts={accounts} /> : <NoAccounts />}
    </Panel>
  );
}

function AccountsTable({ accounts }: { readonly accounts: readonly Account[] }) {
  const { t, i18n } = useTranslation();
  const columns: readonly Column<Account>[] = [
    { name: 'name', heading: t('accounts.name'), cell: (account) => <Name account={account} /> },
    { name: 'state', heading: t('accounts.state'), cell: (account) => <State state={shownState(account)} /> },
    { name: 'why', heading: t('accounts.why'), cell: (account) => <Why account={account} /> },
    { name: 'limits', heading: t('accounts.limits'), cell: (account) => <LimitGauges account={account} /> },
    {
      name: 'in-flight',
      heading: t('accounts.inFlight'),
      isNumber: true,
      cell: ({ inFlight }) => formatCount(inFlight, i18n.language),
    },
  ];
  return <Table label={t('accounts.heading')} columns={columns} rows={accounts} keyOf={({ id }) => id} />;
}

function Name({ account }: { readonly account: Account }) {
  const { t } = useTranslation();
  return (
    <>
      <span className="block font-medium">{account.name}</span>
      <span className="block text-muted text-xs">{t(`provider.${account.provider}`)}</span>
    </>
  );
}

function State({ state }: { readonly state: ShownState }) {
  const { t } = useTranslation();
  return (
    <span className="inline-flex items-baseline gap-2 whitespace-nowrap">
      <StateMark tone={tones[state]} />
      {t(`accounts.${state}`)}
    </span>
  );
}

function Why({ account }: { readonly account: Account }) {
  const { t, i18n } = useTranslation();
  const { health } = account;
  const state = shownState(account);
  const limited = Object.keys(health.modelLimits).length;
  const sentences = [
    state === 'paused' || state === 'terms-open' ? t(`accounts.${state}Why`) : health.reason,
    health.until === undefined
      ? ''
      : t('accounts.until', { time: formatFuture(health.until, i18n.language, Date.now()) }),
    limited > 0 ? t('accounts.modelLimits', { count: limited }) : '',
  ];
  return <span className="text-muted">{sentences.filter((sentence) => sentence !== '').join(' ')}</span>;
}

function NoAccounts() {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-3 px-5 pb-5">
      <p className="text-muted">{t('accounts.empty')}</p>
      <CommandLine text={addAccount} />
    </div>
  );
}

function shownState({ isEnabled, health, subscription }: Account): ShownState {
  if (!isEnabled) return 'paused';
  return subscription?.termsAcceptedAt === null ? 'terms-open' : health.state;
}
