import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useChange } from '../../stores/api.ts';
import type { Connection } from './connection.ts';

interface Props {
  readonly connection: Connection;
  onClose(): void;
}

/** The files as they were before each change of ours. */
export function Backups({ connection: { tool, name, backups }, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const restore = useChange('restoreTool', ['listConnections', 'listKeys']);
  return (
    <Dialog isOpen title={t('connections.backupsOf', { name })} note={t('connections.backupsNote')} onClose={onClose}>
      <ul className="divide-y divide-line">
        {backups.map(({ id, files }) => {
          const time = formatPast(momentOf(id), i18n.language, Date.now());
          return (
            <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5">
              <span className="min-w-0 flex-1 basis-60">
                <span className="block">{time}</span>
                <span className="block break-all font-mono text-muted text-xs">{files.join(', ')}</span>
              </span>
              <Button
                needs="restoreTool"
                disabled={restore.isRunning}
                aria-label={t('connections.restoreOf', { time })}
                onClick={() => void restore.run({ tool, backup: id }).then(onClose, () => undefined)}
              >
                {t('connections.restore')}
              </Button>
            </li>
          );
        })}
      </ul>
      {restore.failure && <FailureNotice failure={restore.failure} onRetry={restore.forget} />}
    </Dialog>
  );
}

/** `2026-11-28T20-50-00-000Z` is a time whose marks a file system allows. */
function momentOf(id: string): number {
  return Date.parse(id.replace(/T(\d\d)-(\d\d)-(\d\d)-/, 'T$1:$2:$3.'));
}
