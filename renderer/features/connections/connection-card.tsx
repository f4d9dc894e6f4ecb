import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useChange } from '../../stores/api.ts';
import { type Connection, isConnected, type Opened, tones } from './connection.ts';
import { ConnectionNotes } from './connection-notes.tsx';

interface Props {
  readonly connection: Connection;
  /** A link leads here: it is brought into view. */
  readonly isPointedAt?: boolean;
  onOpen(opened: Opened): void;
}

/** One tool: where it sends its requests, and what can be done about it. */
export function ConnectionCard({ connection, isPointedAt = false, onOpen }: Props) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!isPointedAt) return;
    card.current?.scrollIntoView({ block: 'center' });
    card.current?.focus();
  }, [isPointedAt]);
  const { name, version, state, endpoint, files, lastUsedAt } = connection;
  return (
    <li>
      <section
        ref={card}
        tabIndex={-1}
        aria-labelledby={id}
        className={`flex h-full flex-col rounded-xl border p-4 ${isPointedAt ? 'border-accent' : 'border-line'}`}
      >
        <header className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          <h3 id={id} className="font-semibold">
            {name} {version !== undefined && <span className="font-normal text-muted text-xs">{version}</span>}
          </h3>
          <span className="inline-flex items-baseline gap-2">
            <StateMark tone={tones[state]} />
            {t(`connections.state-${state}`)}
          </span>
        </header>
        <dl className="mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
          <Fact term={t('connections.endpoint')}>
            {endpoint === undefined ? (
              t('connections.ownEndpoint')
            ) : (
              <span className="break-all font-mono text-xs">{endpoint}</span>
            )}
          </Fact>
          <Fact term={t('connections.file', { count: files.length })}>
            {files.map((file) => (
              <span key={file} className="block break-all font-mono text-xs">
                {file}
              </span>
            ))}
          </Fact>
          {isConnected(connection) && (
            <Fact term={t('connections.lastRequest')}>
              {lastUsedAt === undefined
                ? t('connections.noRequest')
                : formatPast(lastUsedAt, i18n.language, Date.now())}
            </Fact>
          )}
        </dl>
        <ConnectionNotes connection={connection} />
        <Actions connection={connection} onOpen={onOpen} />
      </section>
    </li>
  );
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{term}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function Actions({ connection, onOpen }: Props) {
  const { t } = useTranslation();
  const { tool, name, state, backups, canLaunch } = connection;
  const [isDone, setDone] = useState(false);
  const disconnect = useChange('disconnectTool', ['listConnections', 'listKeys']);
  const kept = disconnect.result?.kept ?? [];
  return (
    <>
      <div className="mt-auto flex flex-wrap items-center gap-2 pt-4">
        {state !== 'connected' && state !== 'env-conflict' && (
          <Button needs="connectTool" look="primary" onClick={() => onOpen({ tool, what: 'connect' })}>
            {t(state === 'drifted' ? 'connections.reconnect' : 'connections.connect', { name })}
          </Button>
        )}
        {isConnected(connection) && (
          <Button
            needs="disconnectTool"
            disabled={disconnect.isRunning}
            onClick={() =>
              void disconnect.run({ tool }).then(
                () => setDone(true),
                () => undefined,
              )
            }
          >
            {t(state === 'drifted' ? 'connections.leave' : 'connections.disconnect', { name })}
          </Button>
        )}
        {backups.length > 0 && (
          <Button look="quiet" onClick={() => onOpen({ tool, what: 'backups' })}>
            {t('connections.backups')}
          </Button>
        )}
        {canLaunch && <LaunchOnce tool={tool} name={name} />}
      </div>
      <div role="status" className="text-muted">
        {isDone && kept.length > 0 && <p className="pt-2">{t('connections.kept', { keys: kept.join(', ') })}</p>}
      </div>
      {disconnect.failure && (
        <div className="pt-3">
          <FailureNotice failure={disconnect.failure} onRetry={disconnect.forget} />
        </div>
      )}
    </>
  );
}

/** A page cannot start a program: the command does, with a key that ends with it and nothing written. */
function LaunchOnce({ tool, name }: Pick<Connection, 'tool' | 'name'>) {
  const { t } = useTranslation();
  const command = `waystation connect ${tool} --once`;
  return (
    <span className="flex w-full min-w-0 flex-wrap items-center gap-x-2 text-muted text-xs">
      {t('connections.once')}
      <code className="font-mono">{command}</code>
      <CopyButton text={command} label={t('connections.copyOnce', { name })} />
    </span>
  );
}
