import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Output, RouteName } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { useMaskedName } from '../../components/masked.tsx';
import { StateMark, type Tone } from '../../components/state-mark.tsx';
import { formatFuture } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';

type Item = Output<'listAttention'>[number];

const tones: Readonly<Record<Item['severity'], Tone>> = { critical: 'bad', warning: 'caution', info: 'quiet' };

interface Props {
  /** The steps to the first call are shown already. */
  readonly isSettingUp: boolean;
}

/** What needs its owner, each with the one thing to do. Nothing at all when all is well. */
export function AttentionPanel({ isSettingUp }: Props) {
  const { t } = useTranslation();
  const isStep = ({ kind }: Item) => kind === 'no-account' || kind === 'no-key' || kind === 'all-accounts-unavailable';
  const items = (useApi('listAttention', {}).value ?? []).filter((item) => !(isSettingUp && isStep(item)));
  if (items.length === 0) return null;
  return (
    <section aria-labelledby="attention" className="rounded-xl border border-line bg-surface px-5 pt-4 pb-2">
      <h2 id="attention" className="font-semibold text-[0.9375rem]">
        {t('attention.heading')}
      </h2>
      <ul className="divide-y divide-line">
        {items.map((item) => (
          <AttentionItem key={`${item.kind} ${item.accountId} ${item.name}`} item={item} />
        ))}
      </ul>
    </section>
  );
}

function AttentionItem({ item }: { readonly item: Item }) {
  const { kind, severity, name, accountId, until, action, percent = 100, runsOutAt } = item;
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const shownName = useMaskedName(name ?? '');
  const other = useMaskedName(item.otherName ?? '');
  const timeOf = (ms: number) => formatFuture(ms, i18n.language, Date.now());
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2.5">
      <StateMark tone={tones[severity]} />
      <span className="min-w-0 flex-1 basis-60">
        {t(`attention.${kind}`, {
          ...{ name: shownName, other, percent: percent / 100 },
          time: runsOutAt === undefined ? '' : timeOf(runsOutAt),
        })}{' '}
        {until !== undefined && <span className="text-muted">{t('attention.until', { time: timeOf(until) })}</span>}
      </span>
      <Button needs={needs[action]} onClick={() => void navigate(placeOf(action, accountId))}>
        {t(`attention.${action}`)}
      </Button>
    </li>
  );
}

/** What there is to do at that place; to look at an account is for everybody. */
const needs: Partial<Record<Item['action'], RouteName>> = {
  'show-connections': 'connectTool',
  'create-key': 'createKey',
  'run-doctor': 'collectDiagnostics',
};

function placeOf(action: Item['action'], accountId: string | null): string {
  return places[action] ?? (accountId === null ? '/accounts' : `/accounts?id=${accountId}`);
}

/** The others lead to the account. */
const places: Readonly<Partial<Record<Item['action'], string>>> = {
  'show-connections': '/connections',
  'connect-again': '/connections?again=1',
  'create-key': '/team?tab=keys',
  'run-doctor': '/settings?tab=diagnostics',
  'show-team': '/team',
  'show-usage': '/usage',
  'show-settings': '/settings',
};
