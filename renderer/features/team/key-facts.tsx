import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { formatCount, formatFuture, formatPast } from '../../i18n/format.ts';
import { useChoices } from './choices.ts';
import { FactList } from './fact-list.tsx';
import { endOf } from './key-state.ts';

/** What it may do, in few words; empty lists allow everything. */
export function KeyFacts({ shown }: { readonly shown: Output<'showKey'> }) {
  const { t, i18n } = useTranslation();
  const { places } = useChoices();
  const now = Date.now();
  const everything = t('keys.everything');
  const list = (values: readonly string[]) => (values.length === 0 ? everything : values.join(', '));
  const end = endOf(shown);
  const bound = places.find(({ value }) => value !== '' && (value === shown.accountId || value === shown.groupId));
  const { maxConcurrent, lastUse, oldSecretUntil } = shown;
  return (
    <FactList
      facts={[
        [t('keys.member'), shown.memberName ?? t('keys.nobody')],
        [t('keys.plan'), shown.planName ?? t('keys.noPlan')],
        [t('keys.tags'), shown.tags.length === 0 ? '–' : shown.tags.join(', ')],
        [t('keys.remark'), shown.note ?? '–'],
        [t('keys.services'), list(shown.services)],
        [t('keys.models'), list(shown.models)],
        [t('keys.deniedModels'), shown.deniedModels.length === 0 ? '–' : shown.deniedModels.join(', ')],
        [t('keys.programs'), list(shown.clients)],
        [
          t('keys.concurrent'),
          maxConcurrent === undefined ? t('keys.unlimited') : formatCount(maxConcurrent, i18n.language),
        ],
        ...(shown.multiplier === undefined
          ? []
          : ([[t('keys.billed'), t('keys.times', { multiplier: shown.multiplier })]] as const)),
        [t('keys.from'), list(shown.addresses)],
        [t('keys.bound'), bound?.text ?? t('keys.anyAccount')],
        [t('keys.expires'), end === undefined ? t('keys.forever') : formatFuture(end, i18n.language, now)],
        ...(oldSecretUntil !== undefined && oldSecretUntil > now
          ? ([[t('keys.oldSecret'), formatFuture(oldSecretUntil, i18n.language, now)]] as const)
          : []),
        [t('keys.lastUse'), lastUse ? formatPast(lastUse.at, i18n.language, now) : t('keys.never')],
        [t('team.lastTool'), lastUse?.userAgent ?? '–'],
        [t('keys.createdAt'), formatPast(shown.createdAt, i18n.language, now)],
      ]}
    />
  );
}
