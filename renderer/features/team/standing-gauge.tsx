import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Gauge } from '../../components/gauge.tsx';
import { formatCost, formatCount, formatFuture } from '../../i18n/format.ts';
import { limitName } from './limit-text.ts';

type Standing = Output<'showKey'>['standings'][number];

/** How much of a limit is used, and when there is room again. */
export function StandingGauge({ standing }: { readonly standing: Standing }) {
  const { t, i18n } = useTranslation();
  const { measure, amount, spent, held, resetsAt, isShared, mode } = standing;
  const say = (value: number) =>
    measure === 'cost' ? formatCost(value, i18n.language) : formatCount(value, i18n.language);
  const used = (spent + held) / amount;
  const words = [
    t('keys.spent', { spent: say(spent + held), amount: say(amount) }),
    ...(isShared ? [t('limits.shared')] : []),
    ...(mode === 'smooth' ? [] : [t(`limits.mode-${mode}`)]),
    ...(resetsAt === undefined
      ? []
      : [t('limits.resets', { time: formatFuture(resetsAt, i18n.language, Date.now()) })]),
  ];
  const tone = used >= 1 ? 'bad' : used >= 0.8 ? 'caution' : 'good';
  return <Gauge label={limitName(standing, t)} used={used} tone={tone} text={words.join(' · ')} />;
}
