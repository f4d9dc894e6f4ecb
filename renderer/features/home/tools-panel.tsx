import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { EmptyState } from '../../components/empty-state.tsx';
import { Panel } from '../../components/panel.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { type Connection, isConnected } from '../connections/connection.ts';

/** Which of this computer's tools come here, and when each was last seen. From another computer there are none to see. */
export function ToolsPanel() {
  const { t } = useTranslation();
  const connections = useApi('listConnections', {});
  if (connections.failure?.kind === 'forbidden') return null;
  const tools = connections.value?.filter(isConnected) ?? [];
  return (
    <Panel heading={t('tools.heading')} resource={connections}>
      {tools.length === 0 ? (
        <EmptyState text={t('tools.empty')}>
          <Link to="/connections" className="inline-flex min-h-8 items-center text-accent underline">
            {t('tools.connect')}
          </Link>
        </EmptyState>
      ) : (
        <ul className="flex flex-wrap gap-x-8 gap-y-3 px-5 pt-1 pb-4">
          {tools.map((tool) => (
            <Tool key={tool.tool} connection={tool} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Tool({ connection: { name, state, lastUsedAt } }: { readonly connection: Connection }) {
  const { t, i18n } = useTranslation();
  const isWell = state === 'connected';
  return (
    <li className="min-w-0">
      <span className="flex items-baseline gap-2 font-medium">
        <StateMark tone={isWell ? 'good' : 'caution'} />
        {name}
        {!isWell && <span className="sr-only"> {t(`connections.state-${state}`)}</span>}
      </span>
      <span className="block pl-5 text-muted text-xs tabular-nums">
        {lastUsedAt === undefined
          ? t('tools.neverSeen')
          : t('tools.lastSeen', { time: formatPast(lastUsedAt, i18n.language, Date.now()) })}
      </span>
    </li>
  );
}
