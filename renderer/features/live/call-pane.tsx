import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatCost, formatCount, formatDuration, formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { statusTones } from './calls-table.tsx';
import { Timeline } from './timeline.tsx';

type Explained = Output<'explainCall'>;

interface Props {
  readonly requestId: string;
  onClose(): void;
}

/** One call from all sides: when, where, why there, and what it cost. */
export function CallPane({ requestId, onClose }: Props) {
  const { t } = useTranslation();
  const found = useApi('explainCall', { requestId }, { every: false });
  return (
    <Dialog isPane isOpen title={found.value?.call.model ?? t('live.call')} note={requestId} onClose={onClose}>
      {found.value && <Explanation explained={found.value} />}
      {!found.value && found.failure && <FailureNotice failure={found.failure} onRetry={() => void found.refresh()} />}
      {!found.value && !found.failure && <Skeleton />}
    </Dialog>
  );
}

function Explanation({ explained }: { readonly explained: Explained }) {
  const { t, i18n } = useTranslation();
  const { call, accountNames, keyName, waits } = explained;
  const account = call.accountId === null ? t('calls.noAccount') : (accountNames[call.accountId] ?? call.accountId);
  return (
    <div className="flex flex-col gap-6">
      <div>
        <p className="flex items-baseline gap-2 font-medium">
          <StateMark tone={statusTones[call.status]} />
          {t(`calls.${call.status}`)}
          {call.errorKind !== null && <span className="font-normal text-muted">{call.errorKind}</span>}
        </p>
        <p className="mt-1 text-muted">
          {t('live.sentence', {
            time: formatPast(call.startedAt, i18n.language, Date.now()),
            key: keyName ?? t('live.thisComputer'),
            account,
          })}
        </p>
        {waits.map(({ ms, position }) => (
          <p key={`${ms} ${position}`} className="text-muted">
            {t('live.waited', { time: formatDuration(ms, i18n.language), position })}
          </p>
        ))}
      </div>
      <Part heading={t('live.timeline')}>
        <Timeline call={call} names={accountNames} />
      </Part>
      <Part heading={t('live.choice')}>
        <Choice explained={explained} />
      </Part>
      <Part heading={t('live.cost')}>
        <Cost call={call} price={explained.price} />
      </Part>
    </div>
  );
}

function Part({ heading, children }: { readonly heading: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-2">
      <h3 id={id} className="font-semibold">
        {heading}
      </h3>
      {children}
    </section>
  );
}

/** Who could have served it, in the order of the plan, and why the others could not. */
function Choice({ explained: { verdicts, strategy, sticky, accountNames } }: { readonly explained: Explained }) {
  const { t } = useTranslation();
  if (verdicts.length === 0) return <p className="text-muted">{t('live.noChoice')}</p>;
  const inOrder = verdicts.toSorted((a, b) => (a.rank ?? 1_000) - (b.rank ?? 1_000));
  return (
    <>
      <p className="text-muted">
        {strategy !== null && t('live.strategy', { strategy })}{' '}
        {sticky !== null && sticky !== 'none' && t(`live.${sticky}`)}
      </p>
      <ol className="flex flex-col divide-y divide-line rounded-lg border border-line">
        {inOrder.map(({ accountId, rank, skipped }) => (
          <li key={accountId} className="flex items-baseline gap-3 px-3 py-2">
            <span className="w-4 text-muted tabular-nums">{rank ?? '–'}</span>
            <span className={`min-w-0 flex-1 break-words ${skipped === undefined ? 'font-medium' : 'text-muted'}`}>
              {accountNames[accountId] ?? accountId}
            </span>
            <span className="text-muted text-xs">{skipped ?? t('live.fit')}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

const classes = ['inputTokens', 'cacheReadTokens', 'cacheWrite5mTokens', 'cacheWrite1hTokens', 'outputTokens'] as const;
const unitOf = {
  inputTokens: 'input',
  cacheReadTokens: 'cacheRead',
  cacheWrite5mTokens: 'cacheWrite5m',
  cacheWrite1hTokens: 'cacheWrite1h',
  outputTokens: 'output',
} as const;

function Cost({ call, price }: Pick<Explained, 'call' | 'price'>) {
  const { t, i18n } = useTranslation();
  const money = (nanoUsd: number) => formatCost(nanoUsd, i18n.language);
  return (
    <table className="w-full">
      <thead className="sr-only">
        <tr>
          <th scope="col">{t('live.class')}</th>
          <th scope="col">{t('live.tokens')}</th>
          <th scope="col">{t('live.price')}</th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {classes
          .filter((name) => call[name] > 0)
          .map((name) => {
            const unit = price?.[unitOf[name]];
            return (
              <tr key={name}>
                <td className="py-1.5">{t(`tokens.${name}`)}</td>
                <td className="py-1.5 text-right tabular-nums">{formatCount(call[name], i18n.language)}</td>
                <td className="py-1.5 pl-4 text-right text-muted tabular-nums">
                  {typeof unit === 'number' ? t('live.perMillion', { price: money(unit * 1_000_000) }) : ''}
                </td>
              </tr>
            );
          })}
      </tbody>
      <tfoot>
        <tr className="border-line border-t font-medium">
          <td className="py-1.5">{t('live.total')}</td>
          <td />
          <td className="py-1.5 text-right tabular-nums">
            {call.costNanoUsd === null ? t('calls.unpriced') : money(call.costNanoUsd)}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}
