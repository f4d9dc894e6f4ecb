import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { useChange } from '../../stores/api.ts';
import type { Connection, Opened } from './connection.ts';

interface Props {
  /** Those that quitting disconnected. */
  readonly tools: readonly Connection[];
  onOpen(opened: Opened): void;
}

/** Offers to connect again what quitting disconnected; the change is shown before, as always. */
export function SetAside({ tools, onOpen }: Props) {
  const { t } = useTranslation();
  const leave = useChange('forgetSetAside', ['listConnections', 'listAttention']);
  if (tools.length === 0) return null;
  return (
    <section
      aria-label={t('connections.setAsideHeading')}
      className="flex flex-col gap-3 rounded-xl border border-line bg-surface px-5 py-4"
    >
      <p className="flex items-baseline gap-2">
        <StateMark tone="quiet" />
        {t('connections.setAside', { names: tools.map(({ name }) => name).join(', ') })}
      </p>
      <div className="flex flex-wrap gap-2">
        {tools.map(({ tool, name }) => (
          <Button key={tool} needs="connectTool" look="primary" onClick={() => onOpen({ tool, what: 'connect' })}>
            {t('connections.again', { name })}
          </Button>
        ))}
        <Button
          needs="forgetSetAside"
          disabled={leave.isRunning}
          onClick={() => void leave.run({}).catch(() => undefined)}
        >
          {t('connections.leaveApart')}
        </Button>
      </div>
      {leave.failure && <FailureNotice failure={leave.failure} onRetry={leave.forget} />}
    </section>
  );
}
