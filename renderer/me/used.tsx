import { useTranslation } from 'react-i18next';
import { formatCost, formatCount } from '../i18n/format.ts';
import type { Mine } from './store.ts';

const spans = ['today', 'fiveHours', 'week'] as const;

/** What was spent lately. */
export function Used({ mine }: { readonly mine: Mine }) {
  const { t, i18n } = useTranslation();
  return (
    <dl className="grid grid-cols-1 gap-px border-line border-t bg-line sm:grid-cols-3">
      {spans.map((span) => (
        <div key={span} className="flex flex-col bg-surface px-5 py-3">
          <dt className="text-muted text-xs">{t(`mine.${span}`)}</dt>
          <dd className="font-semibold text-xl tabular-nums">{formatCost(mine[span].costNanoUsd, i18n.language)}</dd>
          <dd className="text-muted text-xs tabular-nums">
            {t('mine.counts', { calls: mine[span].calls, tokens: formatCount(mine[span].tokens, i18n.language) })}
          </dd>
        </div>
      ))}
    </dl>
  );
}
