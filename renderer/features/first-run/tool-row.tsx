import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { useChange } from '../../stores/api.ts';
import type { Connection } from '../connections/connection.ts';
import { ConnectionNotes } from '../connections/connection-notes.tsx';
import { FileChange } from '../connections/file-change.tsx';

interface Props {
  readonly connection: Connection;
  readonly isTicked: boolean;
  readonly isServed: boolean;
  onToggle(): void;
  onPlan(tool: Connection['tool'], fingerprint: string): void;
}

/** One tool that could be connected: what would be written, and what stands in the way. */
export function ToolRow({ connection, isTicked, isServed, onToggle, onPlan }: Props) {
  const { t } = useTranslation();
  const { tool, name, version } = connection;
  const { run, result: plan, failure } = useChange('planConnection', []);
  useEffect(() => {
    void run({ tool }).then(
      ({ fingerprint }) => onPlan(tool, fingerprint),
      () => undefined,
    );
  }, [run, tool, onPlan]);
  return (
    <li className="flex flex-col gap-3 rounded-lg border border-line px-4 py-3">
      <label className="flex min-h-6 items-center gap-2.5 font-medium">
        <input type="checkbox" checked={isTicked} onChange={onToggle} className="size-4 shrink-0 accent-accent" />
        <span>
          {name} {version !== undefined && <span className="font-normal text-muted text-xs">{version}</span>}
        </span>
      </label>
      {!isServed && (
        <p className="flex items-baseline gap-2 text-muted">
          <StateMark tone="caution" />
          {t('first-run.notServed')}
        </p>
      )}
      {!plan && !failure && <Skeleton />}
      {failure && <FailureNotice failure={failure} onRetry={() => void run({ tool }).catch(() => undefined)} />}
      {isTicked && plan?.files.map((file) => <FileChange key={file.file} change={file} />)}
      <ConnectionNotes connection={connection} />
    </li>
  );
}
