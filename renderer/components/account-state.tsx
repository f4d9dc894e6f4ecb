import { useTranslation } from 'react-i18next';
import type { Output } from '../../app/server/admin/contract.ts';
import { formatFuture } from '../i18n/format.ts';
import { StateMark, type Tone } from './state-mark.tsx';

export type Account = Output<'listAccounts'>[number];
export type ShownState = Account['state'] | 'terms-open';

const tones: Readonly<Record<ShownState, Tone>> = {
  active: 'good',
  paused: 'quiet',
  'terms-open': 'quiet',
  'cooling-down': 'caution',
  limited: 'caution',
  'needs-sign-in': 'bad',
  blocked: 'bad',
  expired: 'bad',
};

export function shownState({ state, subscription }: Account): ShownState {
  return state !== 'paused' && subscription?.termsAcceptedAt === null ? 'terms-open' : state;
}

export function AccountState({ account }: { readonly account: Account }) {
  const { t } = useTranslation();
  const state = shownState(account);
  return (
    <span className="inline-flex items-baseline gap-2 whitespace-nowrap">
      <StateMark tone={tones[state]} />
      {t(`accounts.${state}`)}
    </span>
  );
}

/** Why it is so, and until when. */
export function AccountWhy({ account }: { readonly account: Account }) {
  const { t, i18n } = useTranslation();
  const { condition, health } = account;
  const state = shownState(account);
  const limited = Object.keys(health.modelLimits).length;
  const isOwners = state === 'paused' || state === 'terms-open' || state === 'expired';
  const sentences = [
    isOwners ? t(`accounts.${state}Why`) : condition.reason,
    condition.until === undefined
      ? ''
      : t('accounts.until', { time: formatFuture(condition.until, i18n.language, Date.now()) }),
    limited > 0 ? t('accounts.modelLimits', { count: limited }) : '',
  ];
  return <span className="text-muted">{sentences.filter((sentence) => sentence !== '').join(' ')}</span>;
}
