import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatClock } from '../../i18n/format.ts';
import { useChange } from '../../stores/api.ts';
import type { Connection } from './connection.ts';
import { ConnectionNotes } from './connection-notes.tsx';
import { FileChange } from './file-change.tsx';

interface Props {
  readonly connection: Connection;
  onClose(): void;
}

/** Shows every line that will change, writes it, and then listens for the first request. */
export function ConnectDialog({ connection, onClose }: Props) {
  const { t } = useTranslation();
  const { tool, name } = connection;
  const connect = useChange('connectTool', ['listConnections', 'listKeys']);
  if (connect.result) return <Verify connection={connection} onClose={onClose} />;
  return (
    <Dialog isOpen title={t('connections.connect', { name })} note={t('connections.planNote')} onClose={onClose}>
      <Planned
        tool={tool}
        isRunning={connect.isRunning}
        onClose={onClose}
        onAgree={(fingerprint) => void connect.run({ tool, fingerprint }).catch(() => undefined)}
      />
      {connect.failure && (
        <div className="pt-4">
          <FailureNotice failure={connect.failure} onRetry={connect.forget} />
        </div>
      )}
    </Dialog>
  );
}

interface PlannedProps extends Pick<Connection, 'tool'> {
  readonly isRunning: boolean;
  onAgree(fingerprint: string): void;
  onClose(): void;
}

function Planned({ tool, isRunning, onAgree, onClose }: PlannedProps) {
  const { t } = useTranslation();
  const { run, result: plan, failure } = useChange('planConnection', []);
  useEffect(() => {
    void run({ tool }).catch(() => undefined);
  }, [run, tool]);
  if (failure) return <FailureNotice failure={failure} onRetry={() => void run({ tool }).catch(() => undefined)} />;
  if (!plan) return <Skeleton />;
  return (
    <>
      <div className="flex flex-col gap-4">
        {plan.files.map((file) => (
          <FileChange key={file.file} change={file} />
        ))}
        <p className="text-muted">{t('connections.backupKept')}</p>
      </div>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button look="primary" disabled={isRunning} onClick={() => onAgree(plan.fingerprint)}>
          {t('connections.write')}
        </Button>
      </div>
    </>
  );
}

/** After this time somebody has probably not started it. */
const patienceMs = 60_000;

/** The page's list tells when a request came: the relay says so with every call that ends. */
function Verify({ connection, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const [isLate, setLate] = useState(false);
  const { name, lastUsedAt } = connection;
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  const isSeen = lastUsedAt !== undefined;
  return (
    <Dialog isOpen title={t('connections.written', { name })} onClose={onClose}>
      <p role="status" className="flex items-baseline gap-2">
        <StateMark tone={isSeen ? 'good' : 'quiet'} />
        {isSeen
          ? t('connections.seen', { time: formatClock(lastUsedAt, i18n.language) })
          : t(isLate ? 'connections.late' : 'connections.waiting', { name })}
      </p>
      <ConnectionNotes connection={connection} />
      <div className="mt-5 flex justify-end">
        <Button look="primary" onClick={onClose}>
          {t('connections.done')}
        </Button>
      </div>
    </Dialog>
  );
}
