import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { CallStatus } from '../../components/call-status.tsx';
import { CommandLine } from '../../components/command-line.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { formatDuration, formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { Decision } from '../routing/decision.tsx';
import { CapturedPart } from './captured-part.tsx';
import { CostTable } from './cost-table.tsx';
import { toCurl } from './curl.ts';
import { Part } from './part.tsx';
import { SimulatePart } from './simulate-part.tsx';
import { Timeline } from './timeline.tsx';

type Explained = Output<'explainCall'>;

interface Props {
  readonly requestId: string;
  onSession(call: Explained['call']): void;
  onClose(): void;
}

/** One call from all sides: when, where, why there, and what it cost. */
export function CallPane({ requestId, onSession, onClose }: Props) {
  const { t } = useTranslation();
  const found = useApi('explainCall', { requestId }, { every: false });
  return (
    <Dialog isPane isOpen title={found.value?.call.model ?? t('live.call')} note={requestId} onClose={onClose}>
      {found.value && <Explanation explained={found.value} onSession={onSession} />}
      {!found.value && found.failure && <FailureNotice failure={found.failure} onRetry={() => void found.refresh()} />}
      {!found.value && !found.failure && <Skeleton />}
    </Dialog>
  );
}

function Explanation({ explained, onSession }: { readonly explained: Explained } & Pick<Props, 'onSession'>) {
  const { t, i18n } = useTranslation();
  const { call, accountNames, keyName, waits } = explained;
  const account = call.accountId === null ? t('calls.noAccount') : (accountNames[call.accountId] ?? call.accountId);
  return (
    <div className="flex flex-col gap-6">
      <div>
        <CallStatus call={call} />
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
        {call.session !== null && (
          <Button className="mt-3" onClick={() => onSession(call)}>
            {t('live.openSession')}
          </Button>
        )}
      </div>
      <Part heading={t('live.timeline')}>
        <Timeline call={call} names={accountNames} />
      </Part>
      <Part heading={t('live.choice')}>
        {explained.verdicts.length > 0 ? (
          <Decision decided={explained} isPast />
        ) : (
          <p className="text-muted">{t('live.noChoice')}</p>
        )}
      </Part>
      <Part heading={t('live.cost')}>
        <CostTable explained={explained} />
      </Part>
      <CapturedPart requestId={call.requestId} />
      <SimulatePart explained={explained} />
      <Repeat explained={explained} />
    </div>
  );
}

/** The same call as a command, with what it said where that was kept whole. */
function Repeat({ explained: { call, path } }: { readonly explained: Explained }) {
  const { t } = useTranslation();
  // Only what somebody already asked for is used; it is not fetched for this.
  const seen = useApi('showCapturedCall', { requestId: call.requestId }, { isWanted: false }).value?.captured;
  const body = seen?.request.isWhole ? (seen.request.body ?? undefined) : undefined;
  const { protocol, model } = call;
  const url = location.origin;
  return (
    <Part heading={t('live.repeat')}>
      <p className="text-muted">{t(body === undefined ? 'live.repeatSmall' : 'live.repeatWhole')}</p>
      <CommandLine
        text={toCurl({ url, protocol, model, body, method: seen?.method ?? 'POST', path: seen?.path ?? path })}
      />
    </Part>
  );
}
