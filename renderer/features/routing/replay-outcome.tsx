import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Masked, useMaskedNames } from '../../components/masked.tsx';
import { formatCount } from '../../i18n/format.ts';

type Replayed = Output<'replayCalls'>;

interface Props {
  readonly replayed: Replayed;
}

/** What the calls of the last day would have met. */
export function ReplayOutcome({ replayed }: Props) {
  const { t, i18n } = useTranslation();
  const { calls, changed, refusedBefore, refusedAfter, turns, stayedBefore, stayedAfter, byAccount } = replayed;
  const count = (number: number) => formatCount(number, i18n.language);
  const percent = (part: number) => Math.round((100 * part) / turns);
  return (
    <div role="status" className="flex flex-col gap-3">
      <p className="font-medium">
        {calls === 0 ? t('routing.nothingToReplay') : t('routing.replayed', { count: calls, changed: count(changed) })}
      </p>
      {calls > 0 && (
        <>
          <p className="text-muted">
            {t('routing.refusedThen', { before: count(refusedBefore), after: count(refusedAfter) })}{' '}
            {turns > 0 && t('routing.stayedThen', { before: percent(stayedBefore), after: percent(stayedAfter) })}
          </p>
          <table className="w-full text-left">
            <thead>
              <tr className="border-line border-b text-muted text-xs">
                <th scope="col" className="py-1 font-medium">
                  {t('routing.account')}
                </th>
                <th scope="col" className="py-1 text-right font-medium">
                  {t('routing.before')}
                </th>
                <th scope="col" className="py-1 text-right font-medium">
                  {t('routing.after')}
                </th>
              </tr>
            </thead>
            <tbody>
              {byAccount.map(({ accountId, before, after }) => (
                <tr key={accountId} className="border-line border-b last:border-b-0">
                  <td className="py-1">
                    <Masked text={replayed.accountNames[accountId] ?? accountId} />
                  </td>
                  <td className="py-1 text-right tabular-nums">{count(before)}</td>
                  <td className="py-1 text-right tabular-nums">{count(after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Examples replayed={replayed} />
        </>
      )}
    </div>
  );
}

const shown = 5;

function Examples({ replayed: { examples, accountNames } }: Props) {
  const { t } = useTranslation();
  const some = examples.slice(0, shown);
  const nameOf = (id: string | null) => (id === null ? t('routing.nobodyThen') : (accountNames[id] ?? id));
  const from = useMaskedNames(some.map(({ before }) => nameOf(before)));
  const to = useMaskedNames(some.map(({ after }) => nameOf(after)));
  if (some.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1">
      {some.map(({ requestId }, index) => (
        <li key={requestId}>
          <Link to={`/live?id=${requestId}`} className="text-accent underline underline-offset-2">
            {t('routing.example', { before: from[index] ?? '', after: to[index] ?? '' })}
          </Link>
        </li>
      ))}
    </ul>
  );
}
