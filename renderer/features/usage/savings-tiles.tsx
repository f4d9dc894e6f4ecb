import { useTranslation } from 'react-i18next';
import { Tiles } from '../../components/tiles.tsx';
import { formatCost, formatCount } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import type { Sums } from './read-question.ts';
import { savedByCache } from './savings.ts';

interface Props {
  readonly question: {
    readonly since: number;
    readonly before: number | undefined;
    readonly key: string | undefined;
    readonly member: string | undefined;
    readonly account: string | undefined;
  };
}

/** The whole range in four numbers. */
export function SavingsTiles({ question }: Props) {
  const { t, i18n } = useTranslation();
  const sums = useApi('summarizeUsage', { by: 'model', ...question }).value;
  const prices = useApi('listModelPrices', {}, { every: false }).value;
  if (!sums) return null;
  const sum = (of: (one: Sums) => number) => sums.reduce((total, one) => total + of(one), 0);
  const cached = sum(({ cacheReadTokens }) => cacheReadTokens);
  const prompt = cached + sum((one) => one.inputTokens + one.cacheWrite5mTokens + one.cacheWrite1hTokens);
  const unpriced = sum(({ unpricedCalls }) => unpricedCalls);
  return (
    <Tiles
      label={t('usage.inAll')}
      tiles={[
        {
          ...{
            name: t('usage.calls'),
            value: formatCount(
              sum(({ calls }) => calls),
              i18n.language,
            ),
          },
          note: t('today.failed', { count: sum(({ failedCalls }) => failedCalls) }),
        },
        {
          ...{
            name: t('calls.cost'),
            value: formatCost(
              sum(({ costNanoUsd }) => costNanoUsd),
              i18n.language,
            ),
          },
          ...(unpriced > 0 && { note: t('usage.unpriced', { count: unpriced }) }),
        },
        {
          name: t('today.cached'),
          value: new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(prompt === 0 ? 0 : cached / prompt),
        },
        {
          name: t('usage.saved'),
          value: prices ? formatCost(savedByCache(sums, prices), i18n.language) : '–',
          note: t('usage.savedNote'),
        },
      ]}
    />
  );
}
