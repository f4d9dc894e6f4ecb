import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Input } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { useChange } from '../../stores/api.ts';
import { FileChange } from './file-change.tsx';

export type ConflictLine = Input<'planConflictFix'>;

interface Props {
  readonly conflict: ConflictLine;
  onClose(): void;
}

/** The one line that would become a comment; written when it is agreed to. */
export function FixDialog({ conflict, onClose }: Props) {
  const { t } = useTranslation();
  const { variable } = conflict;
  const { run, result: plan, failure } = useChange('planConflictFix', []);
  const fixing = useChange('fixConflict', ['listConnections', 'planConnection']);
  useEffect(() => {
    void run(conflict).catch(() => undefined);
  }, [run, conflict]);
  const again = () => {
    fixing.forget();
    void run(conflict).catch(() => undefined);
  };
  const fix = (fingerprint: string) => void fixing.run({ ...conflict, fingerprint }).catch(() => undefined);
  return (
    <Dialog isOpen title={t('connections.fixTitle', { variable })} note={t('connections.fixNote')} onClose={onClose}>
      {fixing.result ? (
        <div className="flex flex-col gap-4">
          <p role="status" className="flex items-baseline gap-2">
            <StateMark tone="good" />
            {t('connections.fixed')}
          </p>
          <p className="text-muted">
            {t('connections.fixedBackup')} <code className="break-all font-mono text-xs">{fixing.result.backup}</code>
          </p>
          <Button look="primary" className="self-end" onClick={onClose}>
            {t('connections.done')}
          </Button>
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          {!plan && !failure && <Skeleton />}
          {failure && <FailureNotice failure={failure} onRetry={again} />}
          {plan && !failure && <FileChange change={{ ...plan, isNew: false, isIgnored: false }} />}
          {fixing.failure && <FailureNotice failure={fixing.failure} onRetry={again} />}
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button
              needs="fixConflict"
              look="primary"
              disabled={!plan || fixing.isRunning}
              onClick={() => plan && fix(plan.fingerprint)}
            >
              {t('connections.commentOut')}
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
