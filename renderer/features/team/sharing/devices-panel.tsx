import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../../app/server/admin/contract.ts';
import { Button } from '../../../components/button.tsx';
import { ConfirmDialog } from '../../../components/dialog.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { FailureNotice } from '../../../components/failure-notice.tsx';
import { Panel } from '../../../components/panel.tsx';
import { type Column, Table } from '../../../components/table.tsx';
import { formatCount, formatPast } from '../../../i18n/format.ts';
import { useApi, useChange } from '../../../stores/api.ts';
import { outdated } from '../outdated.ts';

type Key = Output<'listKeys'>[number];
type Device = Output<'listKeyDevices'>[number];
interface Row {
  readonly device: Device;
  readonly key: Key;
}

/** From where keys were used, as far as that is not this computer, and how to stop it at once. */
export function DevicesPanel() {
  const { t, i18n } = useTranslation();
  const keys = useApi('listKeys', {});
  const members = useApi('listMembers', {}).value ?? [];
  const running = useApi('listRunningCalls', {}).value ?? [];
  const [stopping, setStopping] = useState<Key>();
  const { stop, failure, forget } = useStop(keys.value ?? [], running);
  const devices = useApi('listKeyDevices', {});
  const byId = new Map((keys.value ?? []).map((key) => [key.id, key]));
  const elsewhere = (devices.value ?? []).filter(isElsewhere).flatMap((device) => {
    const key = byId.get(device.keyId);
    return key ? [{ device, key }] : [];
  });
  const isStopped = ({ isEnabled, memberId }: Key) =>
    !isEnabled || members.some(({ id, state }) => id === memberId && state === 'suspended');
  const columns: readonly Column<Row>[] = [
    { name: 'address', heading: t('devices.address'), cell: ({ device }) => device.address },
    {
      name: 'key',
      heading: t('devices.key'),
      cell: ({ key: { name, memberName } }) =>
        memberName === undefined || memberName === name ? name : `${memberName} · ${name}`,
    },
    {
      name: 'tool',
      heading: t('devices.tool'),
      cell: ({ device: { userAgent } }) => (
        <span className="block max-w-44 truncate" title={userAgent}>
          {userAgent ?? '–'}
        </span>
      ),
    },
    {
      name: 'seen',
      heading: t('devices.seen'),
      sortBy: ({ device }) => device.at,
      cell: ({ device }) => formatPast(device.at, i18n.language, Date.now()),
    },
    {
      name: 'now',
      heading: t('devices.now'),
      cell: ({ key: { id } }) => formatCount(running.filter(({ keyId }) => keyId === id).length, i18n.language),
    },
    {
      name: 'action',
      heading: t('devices.action'),
      cell: ({ key }) =>
        isStopped(key) ? t('devices.stopped') : <StopButton of={key} onClick={() => setStopping(key)} />,
    },
  ];
  const name = stopping?.memberName ?? stopping?.name ?? '';
  return (
    <Panel heading={t('devices.heading')} note={t('devices.note')} resource={devices}>
      {failure && <FailureNotice failure={failure} onRetry={forget} />}
      {elsewhere.length === 0 ? (
        <EmptyState text={t('devices.empty')} />
      ) : (
        <Table label={t('devices.heading')} columns={columns} rows={elsewhere} keyOf={keyOf} />
      )}
      {stopping && (
        <ConfirmDialog
          isOpen
          title={t('devices.stopTitle', { name })}
          note={t(stopping.memberId === undefined ? 'devices.stopKey' : 'devices.stopMember', { name })}
          action={t('devices.stop')}
          onClose={() => setStopping(undefined)}
          onConfirm={() => {
            setStopping(undefined);
            stop(stopping);
          }}
        />
      )}
    </Panel>
  );
}

/** Whoever has a member is stopped with all their keys. */
function StopButton({ of: { memberId }, onClick }: { readonly of: Key; onClick(): void }) {
  const { t } = useTranslation();
  return (
    <Button needs={memberId === undefined ? 'updateKey' : 'suspendMember'} look="danger" onClick={onClick}>
      {t('devices.stop')}
    </Button>
  );
}

function keyOf({ device: { keyId, address } }: Row): string {
  return `${keyId} ${address}`;
}

function isElsewhere({ address }: Device): boolean {
  return address !== '127.0.0.1' && address !== '::1';
}

/** Whose calls are refused from then on, and end. */
function useStop(keys: readonly Key[], running: Output<'listRunningCalls'>) {
  const suspend = useChange('suspendMember', outdated);
  const update = useChange('updateKey', outdated);
  const cancel = useChange('cancelCall', ['listRunningCalls']);
  const stop = ({ id, memberId }: Key) => {
    const stopped = memberId === undefined ? update.run({ id, isEnabled: false }) : suspend.run({ id: memberId });
    // What runs by then ends too; a call that was over already is no failure.
    const isTheirs = (keyId: string | undefined) =>
      keyId === id || (memberId !== undefined && keys.find((key) => key.id === keyId)?.memberId === memberId);
    const calls = running.filter(({ keyId }) => isTheirs(keyId));
    void stopped
      .then(() => Promise.allSettled(calls.map(({ requestId }) => cancel.run({ requestId }))))
      .catch(() => undefined);
  };
  const failed = suspend.failure ? suspend : update;
  return { stop, failure: failed.failure, forget: failed.forget };
}
