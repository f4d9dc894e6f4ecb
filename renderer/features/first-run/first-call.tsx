import { ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { useMaskedName } from '../../components/masked.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { formatCost, formatDuration } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { Timeline } from '../live/timeline.tsx';

/** The way of one call: who asked, who served it, how soon, and for how much. */
export function FirstCall({ requestId }: { readonly requestId: string }) {
  const found = useApi('explainCall', { requestId }, { every: false });
  if (found.failure) return <FailureNotice failure={found.failure} onRetry={() => void found.refresh()} />;
  return found.value ? <Way explained={found.value} /> : <Skeleton />;
}

function Way({ explained: { call, keyName, accountNames } }: { readonly explained: Output<'explainCall'> }) {
  const { t, i18n } = useTranslation();
  const account = call.accountId === null ? undefined : accountNames[call.accountId];
  const name = useMaskedName(account ?? '');
  const stations = [
    [t('first-run.tool'), keyName ?? t('live.thisComputer')],
    [t('first-run.account'), account === undefined ? t('calls.noAccount') : name],
    ...(call.firstByteMs === null
      ? []
      : [[t('first-run.firstByte'), formatDuration(call.firstByteMs, i18n.language)] as const]),
    [t('live.cost'), call.costNanoUsd === null ? t('calls.unpriced') : formatCost(call.costNanoUsd, i18n.language)],
  ] as const;
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-line px-4 py-3">
      <ol className="flex flex-wrap items-center gap-x-3 gap-y-2">
        {stations.map(([term, value], index) => (
          <li key={term} className="flex items-center gap-3">
            {index > 0 && <ChevronRight className="size-4 shrink-0 text-muted" aria-hidden="true" />}
            <span className="min-w-0">
              <span className="block text-muted text-xs">{term}</span>
              <span className="block break-words font-medium tabular-nums">{value}</span>
            </span>
          </li>
        ))}
      </ol>
      <Timeline call={call} names={accountNames} />
    </div>
  );
}
