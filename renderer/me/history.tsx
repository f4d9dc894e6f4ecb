import { useTranslation } from 'react-i18next';
import { formatCost, formatCount } from '../i18n/format.ts';
import type { Mine } from './store.ts';

type Spent = Mine['today'];

/** Day by day, the last first, and by model, the dearest first. */
export function History({ mine }: { readonly mine: Mine }) {
  const { t } = useTranslation();
  if (mine.days.length === 0) return <p className="px-5 pb-4 text-muted">{t('mine.nothing')}</p>;
  return (
    <div className="flex flex-col gap-5 px-5 pb-5">
      <SpentTable
        caption={t('mine.byDay')}
        of={t('mine.day')}
        rows={mine.days.toReversed().map(({ day, ...spent }) => ({ name: day, spent }))}
      />
      <SpentTable
        caption={t('mine.byModel')}
        of={t('mine.model')}
        rows={mine.models.map(({ model, ...spent }) => ({ name: model, spent }))}
      />
    </div>
  );
}

interface TableProps {
  readonly caption: string;
  readonly of: string;
  readonly rows: readonly { readonly name: string; readonly spent: Spent }[];
}

function SpentTable({ caption, of, rows }: TableProps) {
  const { t, i18n } = useTranslation();
  const most = Math.max(1, ...rows.map(({ spent }) => spent.costNanoUsd));
  return (
    <table className="w-full table-fixed text-xs">
      <caption className="pb-1 text-left font-medium">{caption}</caption>
      <thead className="text-muted">
        <tr>
          <th className="w-2/5 py-1 text-left font-normal">{of}</th>
          <th className="py-1 text-right font-normal">{t('mine.calls')}</th>
          <th className="py-1 text-right font-normal">{t('mine.tokens')}</th>
          <th className="py-1 text-right font-normal">{t('mine.cost')}</th>
        </tr>
      </thead>
      <tbody className="tabular-nums">
        {rows.map(({ name, spent }) => (
          <tr key={name} className="border-line border-t">
            <th scope="row" className="py-1.5 pr-2 text-left font-normal [overflow-wrap:anywhere]">
              {name}
              <Bar share={spent.costNanoUsd / most} />
            </th>
            <td className="text-right">{formatCount(spent.calls, i18n.language)}</td>
            <td className="text-right">{formatCount(spent.tokens, i18n.language)}</td>
            <td className="text-right">{formatCost(spent.costNanoUsd, i18n.language)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Bar({ share }: { readonly share: number }) {
  return (
    <svg viewBox="0 0 100 4" preserveAspectRatio="none" className="mt-0.5 h-1 w-full" aria-hidden="true">
      <rect width={share * 100} height="4" className="fill-accent" />
    </svg>
  );
}
