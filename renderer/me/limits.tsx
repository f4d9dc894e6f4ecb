import { useTranslation } from 'react-i18next';
import { Gauge } from '../components/gauge.tsx';
import { limitName } from '../features/team/limit-text.ts';
import { formatCost, formatCount, formatFuture } from '../i18n/format.ts';
import type { Mine } from './store.ts';

type Limit = Mine['limits'][number];

/** What may still be spent, and when there is room again: those that all keys share first, then those of each key. */
export function Limits({ mine }: { readonly mine: Mine }) {
  const { t } = useTranslation();
  const limited = mine.keys.filter(({ limits }) => limits.length > 0);
  if (mine.limits.length === 0 && limited.length === 0) {
    return <p className="px-5 pb-4 text-muted">{t('mine.noLimits')}</p>;
  }
  return (
    <div className="flex flex-col gap-4 px-5 pb-5">
      {mine.limits.map((limit) => (
        <LimitGauge key={limit.name} limit={limit} />
      ))}
      {limited.map(({ id, name, limits }) => (
        <div key={id} className="flex flex-col gap-3">
          <h3 className="break-words font-medium text-xs">{name}</h3>
          {limits.map((limit) => (
            <LimitGauge key={limit.name} limit={limit} />
          ))}
        </div>
      ))}
    </div>
  );
}

function LimitGauge({ limit }: { readonly limit: Limit }) {
  const { t, i18n } = useTranslation();
  const { measure, amount, spent, held, resetsAt, isShared, mode } = limit;
  const say = (value: number) =>
    measure === 'cost' ? formatCost(value, i18n.language) : formatCount(value, i18n.language);
  const used = (spent + held) / amount;
  const words = [
    t('mine.spent', { spent: say(spent + held), amount: say(amount) }),
    ...(isShared ? [t('limits.shared')] : []),
    ...(mode === 'shadow' ? [t('limits.mode-shadow')] : []),
    ...(resetsAt === undefined
      ? []
      : [t('limits.resets', { time: formatFuture(resetsAt, i18n.language, Date.now()) })]),
  ];
  const tone = used >= 1 ? 'bad' : used >= 0.8 ? 'caution' : 'good';
  return <Gauge label={limitName(limit, t)} used={used} tone={tone} text={words.join(' · ')} />;
}
