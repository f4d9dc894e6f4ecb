import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Tiles } from '../../components/tiles.tsx';
import { formatCost, formatCount } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';

/** Today in four numbers, from the same sums that the Usage page shows. */
export function TodayPanel() {
  const { t, i18n } = useTranslation();
  const [since] = useState(() => new Date().setHours(0, 0, 0, 0));
  const { value } = useApi('summarizeUsage', { by: 'model', since });
  if (!value) return null;
  const total = (of: (one: Output<'summarizeUsage'>[number]) => number) => value.reduce((sum, one) => sum + of(one), 0);
  const prompt = total(
    (one) => one.inputTokens + one.cacheReadTokens + one.cacheWrite5mTokens + one.cacheWrite1hTokens,
  );
  const cached = total((one) => one.cacheReadTokens);
  const count = (number: number) => formatCount(number, i18n.language);
  const failed = total((one) => one.failedCalls);
  return (
    <Tiles
      label={t('today.heading')}
      tiles={[
        { name: t('today.calls'), value: count(total((one) => one.calls)), note: t('today.failed', { count: failed }) },
        {
          name: t('today.cost'),
          value: formatCost(
            total((one) => one.costNanoUsd),
            i18n.language,
          ),
        },
        {
          name: t('today.tokens'),
          value: count(prompt),
          note: t('today.out', { count: total((one) => one.outputTokens) }),
        },
        {
          name: t('today.cached'),
          value: new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(prompt === 0 ? 0 : cached / prompt),
        },
      ]}
    />
  );
}
