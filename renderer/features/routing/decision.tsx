import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Masked, useMaskedName } from '../../components/masked.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatDuration, formatFuture } from '../../i18n/format.ts';
import { useSkipWords } from './skip-words.ts';

type Simulated = Output<'simulateCall'>;
type Decided = Pick<Simulated, 'verdicts' | 'sticky' | 'strategy' | 'accountNames'>;
type Verdict = Simulated['verdicts'][number];

interface Props {
  readonly decided: Decided;
  readonly wait?: Simulated['wait'];
  /** Of a call that was made. */
  readonly isPast?: boolean;
}

/** Who would serve, who could, and at which question the others fell out. */
export function Decision({ decided, wait = null, isPast = false }: Props) {
  const { t } = useTranslation();
  const { verdicts, accountNames } = decided;
  const ranked = verdicts.filter(({ rank }) => rank !== undefined).toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  const out = verdicts.filter(({ rank }) => rank === undefined);
  return (
    <div role="status" className="flex flex-col gap-3">
      <Sentence decided={decided} wait={wait} isPast={isPast} />
      {ranked.length > 0 && (
        <section>
          <h3 className="mb-1 font-medium">{t('routing.candidates', { count: ranked.length })}</h3>
          <ol className="flex flex-col gap-1">
            {ranked.map((verdict) => (
              <Candidate key={verdict.accountId} verdict={verdict} names={accountNames} />
            ))}
          </ol>
        </section>
      )}
      {out.length > 0 && (
        <section>
          <h3 className="mb-1 font-medium">{t('routing.fellOut', { count: out.length })}</h3>
          <ul className="flex flex-col gap-1">
            {out.map((verdict) => (
              <Dropped key={verdict.accountId} verdict={verdict} names={accountNames} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Sentence({ decided: { verdicts, sticky, strategy, accountNames }, wait, isPast }: Required<Props>) {
  const { t, i18n } = useTranslation();
  const best = verdicts.find(({ rank }) => rank === 0);
  const waited = wait?.accountIds.map((id) => accountNames[id] ?? id).join(', ') ?? '';
  const bestName = useMaskedName(best ? (accountNames[best.accountId] ?? best.accountId) : '');
  const waitedName = useMaskedName(waited);
  if (wait)
    return <p>{t('routing.wouldWait', { name: waitedName, time: formatDuration(wait.maxMs, i18n.language) })}</p>;
  const served = t(isPast ? 'routing.served' : 'routing.wouldServe', { name: bestName });
  return (
    <>
      <p className="font-medium">{best ? served : t(isPast ? 'routing.nobodyWas' : 'routing.nobody')}</p>
      {sticky !== null && sticky !== 'none' && <p className="text-muted">{t(`routing.sticky-${sticky}`)}</p>}
      {strategy !== null && <p className="text-muted">{t(`routing.${strategy}`)}</p>}
    </>
  );
}

interface VerdictProps {
  readonly verdict: Verdict;
  readonly names: Decided['accountNames'];
}

function Candidate({ verdict: { accountId, rank = 0, priority, load, left }, names }: VerdictProps) {
  const { t } = useTranslation();
  const scores = [
    t('routing.scorePriority', { priority }),
    t('routing.scoreLoad', { load: Math.round(load * 100) / 100 }),
    ...(left === undefined ? [] : [t('routing.scoreLeft', { percent: Math.floor(left * 100) })]),
  ];
  return (
    <li className="flex items-baseline gap-2">
      <StateMark tone="good" />
      <span className="min-w-0">
        <span className="font-medium">
          {rank + 1}. <Masked text={names[accountId] ?? accountId} />
        </span>{' '}
        <span className="text-muted text-xs">{scores.join(' · ')}</span>
      </span>
    </li>
  );
}

function Dropped({ verdict: { accountId, skipped, until, window }, names }: VerdictProps) {
  const { t, i18n } = useTranslation();
  const words = useSkipWords();
  return (
    <li className="flex items-baseline gap-2">
      <StateMark tone="quiet" />
      <span className="min-w-0">
        <span className="font-medium">
          <Masked text={names[accountId] ?? accountId} />
        </span>{' '}
        <span className="text-muted">
          {words(skipped ?? '')}
          {window !== undefined && ` (${window})`}{' '}
          {until !== undefined && t('routing.until', { time: formatFuture(until, i18n.language, Date.now()) })}
        </span>
      </span>
    </li>
  );
}
