import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { StateMark, type Tone } from '../../components/state-mark.tsx';
import { formatClock } from '../../i18n/format.ts';
import type { Answer } from '../../stores/api.ts';

type Status = Output<'status'>;

interface Props {
  readonly resource: Answer<Status>;
}

const tones: Readonly<Record<Status['state'], Tone>> = {
  running: 'good',
  paused: 'caution',
  stopping: 'caution',
  stopped: 'bad',
};

/** The first thing to read: does it run, where, and can it serve. */
export function StatusSentence({ resource }: Props) {
  const { value, failure, loadedAt } = resource;
  if (value) return <Known status={value} lostAt={failure && loadedAt} />;
  return <div role="status" className="h-14 w-2/3 animate-pulse rounded-lg bg-sunken" />;
}

interface KnownProps {
  readonly status: Status;
  /** When the last answer came, if none comes now. */
  readonly lostAt: number | undefined;
}

function Known({ status, lostAt }: KnownProps) {
  const { t, i18n } = useTranslation();
  const address = status.url ?? location.origin;
  if (lostAt !== undefined) {
    return (
      <p role="alert" className="flex items-baseline gap-2.5 text-lg">
        <StateMark tone="bad" />
        {t('status.unreachable', { time: formatClock(lostAt, i18n.language) })}
      </p>
    );
  }
  return (
    <section aria-live="polite" className="flex flex-col gap-1 pt-4">
      <h1 className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-lg">
        <StateMark tone={tones[status.state]} />
        <span>{t(`status.${status.state}`)}</span>
        {status.state !== 'stopped' && (
          <>
            <code className="font-medium font-mono text-base">{address}</code>
            <CopyButton text={address} label={t('copy.address')} />
          </>
        )}
      </h1>
      <Details status={status} />
    </section>
  );
}

function Details({ status }: Pick<KnownProps, 'status'>) {
  const { t } = useTranslation();
  const { accounts, callsInFlight, pendingRows } = status;
  const details = [
    accounts.total === 0 ? t('status.noneUsable') : t('status.usable', accounts),
    callsInFlight === 0 ? t('status.noneInFlight') : t('status.inFlight', { count: callsInFlight }),
    ...(pendingRows > 0 ? [t('status.pending', { count: pendingRows })] : []),
    t('page.version', { version: status.version }),
  ];
  return <p className="pl-5.5 text-muted">{details.join(' · ')}</p>;
}
