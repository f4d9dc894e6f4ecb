import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { Backups } from './backups.tsx';
import { ConnectDialog } from './connect-dialog.tsx';
import { isConnected, type Opened } from './connection.ts';
import { ConnectionCard } from './connection-card.tsx';
import { SdkCard } from './sdk-card.tsx';
import { SetAside } from './set-aside.tsx';

/** The tools of the computer that the relay runs on: what they are told, and how to undo it. */
export function ConnectionsPage() {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<Opened>();
  const [search, setSearch] = useSearchParams();
  const connections = useApi('listConnections', {});
  const all = connections.value ?? [];
  const installed = all.filter(({ state }) => state !== 'not-installed');
  const missing = all.filter(({ state }) => state === 'not-installed');
  const close = () => setOpened(undefined);
  const connection = all.find(({ tool }) => tool === opened?.tool);
  const setAside = all.filter(({ isSetAside }) => isSetAside);
  const [wanted] = search.has('again') ? setAside : [];
  const wantedTool = wanted?.tool;
  // Asked for by a link, once: what is shown is held, also when the tool is connected meanwhile.
  useEffect(() => {
    if (wantedTool === undefined) return;
    setOpened({ tool: wantedTool, what: 'connect' });
    setSearch({}, { replace: true });
  }, [wantedTool, setSearch]);
  return (
    <>
      <PageHeading title={t('nav.connections')} note={t('connections.note')}>
        {all.some(isConnected) && <DisconnectAll />}
      </PageHeading>
      <SetAside tools={setAside} onOpen={setOpened} />
      <Panel heading={t('connections.here')} resource={connections}>
        {installed.length === 0 ? (
          <EmptyState text={t('connections.empty')} />
        ) : (
          <ul className="grid gap-4 px-5 pt-2 pb-5 lg:grid-cols-2">
            {installed.map((one) => (
              <ConnectionCard
                key={one.tool}
                connection={one}
                isPointedAt={one.tool === search.get('tool')}
                onOpen={setOpened}
              />
            ))}
          </ul>
        )}
      </Panel>
      <SdkCard />
      {missing.length > 0 && (
        <p className="px-1 text-muted">
          {t('connections.missing', { names: missing.map(({ name }) => name).join(', ') })}
        </p>
      )}
      {connection && opened?.what === 'connect' && <ConnectDialog connection={connection} onClose={close} />}
      {connection && opened?.what === 'backups' && <Backups connection={connection} onClose={close} />}
    </>
  );
}

function DisconnectAll() {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const disconnect = useChange('disconnectTools', ['listConnections', 'listKeys']);
  return (
    <>
      <Button needs="disconnectTools" onClick={() => setAsking(true)}>
        {t('connections.disconnectAll')}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        title={t('connections.disconnectAllTitle')}
        note={t('connections.disconnectNote')}
        action={t('connections.disconnectAll')}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          void disconnect.run({}).catch(() => undefined);
        }}
      />
      {disconnect.failure && <FailureNotice failure={disconnect.failure} onRetry={disconnect.forget} />}
    </>
  );
}
