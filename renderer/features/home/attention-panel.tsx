import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Output } from '../../../app/server/admin/contract.ts';
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
          <AttentionItem key={`${item.kind} ${item.accountId}`} item={item} />
        ))}
      </ul>
    </section>
  );
}

function AttentionItem({ item: { kind, severity, name, accountId, until, action } }: { readonly item: Item }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const shownName = useMaskedName(name ?? '');
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2.5">
      <StateMark tone={tones[severity]} />
      <span className="min-w-0 flex-1 basis-60">
        {t(`attention.${kind}`, { name: shownName })}{' '}
        {until !== undefined && (
          <span className="text-muted">
            {t('attention.until', { time: formatFuture(until, i18n.language, Date.now()) })}
          </span>
        )}
      </span>
      <Button onClick={() => void navigate(placeOf(action, accountId))}>{t(`attention.${action}`)}</Button>
    </li>
  );
}

function placeOf(action: Item['action'], accountId: string | null): string {
  if (action === 'create-key') return '/keys';
  if (action === 'run-doctor') return '/settings?tab=diagnostics';
  return accountId === null ? '/accounts' : `/accounts?id=${accountId}`;
}
