import { useTranslation } from 'react-i18next';
import { Tiles } from '../../components/tiles.tsx';
import { formatCost, formatCount } from '../../i18n/format.ts';
import { localZone } from '../../i18n/local-time.ts';
import { useApi } from '../../stores/api.ts';

/** Today in four numbers: the relay's own sums, which every page and the command line show. */
export function TodayPanel() {
  const { t, i18n } = useTranslation();
  const total = useApi('showToday', { timeZone: localZone }).value?.total;
  if (!total) return null;
  const { calls, failedCalls, unpricedCalls, costNanoUsd, outputTokens, cacheReadTokens: cached } = total;
  const prompt = total.inputTokens + cached + total.cacheWrite5mTokens + total.cacheWrite1hTokens;
  const count = (number: number) => formatCount(number, i18n.language);
  return (
    <Tiles
      label={t('today.heading')}
      tiles={[
        { name: t('today.calls'), value: count(calls), note: t('today.failed', { count: failedCalls }) },
        {
          name: t('today.cost'),
          value: formatCost(costNanoUsd, i18n.language),
          ...(unpricedCalls > 0 && { note: t('today.unpriced', { count: unpricedCalls }) }),
        },
        { name: t('today.tokens'), value: count(prompt), note: t('today.out', { count: outputTokens }) },
        {
          name: t('today.cached'),
          value: new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(prompt === 0 ? 0 : cached / prompt),
        },
      ]}
    />
  );
}
