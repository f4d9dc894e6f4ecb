import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { adminRoot, type Output } from '../../../app/server/admin/contract.ts';
import { backupPath } from '../../../app/server/admin/contract-backups.ts';
import { Button } from '../../components/button.tsx';
import { CommandLine } from '../../components/command-line.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { PasswordField } from '../../components/password-field.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatBytes, formatPast } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';

type Backup = Output<'listBackups'>['backups'][number];

/** Everything in one encrypted file: taken here, carried away, and put back on any computer. */
export function BackupsPanel() {
  const { t } = useTranslation();
  const found = useApi('listBackups', {});
  const { canTake = true, folder = '' } = found.value ?? {};
  return (
    <Panel heading={t('computer.backups')} resource={found}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p className="max-w-prose text-muted">{t(canTake ? 'computer.backupsNote' : 'computer.backupsElsewhere')}</p>
        {canTake && <BackupForm />}
        {(found.value?.backups.length ?? 0) > 0 && (
          <>
            <BackupTable backups={found.value?.backups ?? []} canRestore={canTake} />
            <p className="break-all text-muted text-xs">{t('computer.backupsIn', { folder })}</p>
          </>
        )}
      </div>
    </Panel>
  );
}

function BackupForm() {
  const { t } = useTranslation();
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const take = useChange('takeBackup', ['listBackups']);
  const differs = again !== '' && again !== passphrase;
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (again !== passphrase) return;
    void take.run({ passphrase }).then(() => {
      setPassphrase('');
      setAgain('');
    }, nothing);
  };
  return (
    <form onSubmit={save} className="flex max-w-xl flex-col gap-4">
      <PasswordField
        label={t('computer.backupPassphrase')}
        hint={t('computer.backupPassphraseHint')}
        isRequired
        autoComplete="new-password"
        minLength={8}
        value={passphrase}
        onChange={setPassphrase}
      />
      <PasswordField
        label={t('computer.backupAgain')}
        error={differs ? t('computer.backupDiffers') : undefined}
        isRequired
        autoComplete="new-password"
        value={again}
        onChange={setAgain}
      />
      {take.failure && <FailureNotice failure={take.failure} onRetry={take.forget} />}
      {take.result && !take.failure && <p role="status">{t('computer.backupTaken', { name: take.result.name })}</p>}
      <Button type="submit" look="primary" className="self-start" disabled={take.isRunning || differs}>
        {t(take.isRunning ? 'computer.backupRunning' : 'computer.backupNow')}
      </Button>
    </form>
  );
}

interface TableProps {
  readonly backups: readonly Backup[];
  /** Not into a database on a server. */
  readonly canRestore: boolean;
}

function BackupTable({ backups, canRestore }: TableProps) {
  const { t, i18n } = useTranslation();
  const [leaving, setLeaving] = useState<string>();
  const [back, setBack] = useState<Backup>();
  const remove = useChange('removeBackup', ['listBackups']);
  const columns: readonly Column<Backup>[] = [
    { name: 'at', heading: t('computer.backupAt'), cell: ({ at }) => formatPast(at, i18n.language, Date.now()) },
    { name: 'version', heading: t('settings.version'), cell: ({ version }) => version },
    { name: 'size', heading: t('computer.backupSize'), cell: ({ bytes }) => formatBytes(bytes, i18n.language) },
    {
      name: 'file',
      heading: t('computer.backupFile'),
      cell: ({ name }) => (
        <a className="text-accent underline" href={adminRoot + backupPath.replace(':name', name)} download={name}>
          {t('computer.backupSave')}
        </a>
      ),
    },
    {
      name: 'remove',
      heading: t('computer.backupEnd'),
      cell: ({ name }) => (
        <Button needs="removeBackup" look="danger" onClick={() => setLeaving(name)}>
          {t('computer.backupRemove')}
        </Button>
      ),
    },
  ];
  const restore: Column<Backup> = {
    name: 'restore',
    heading: t('computer.backupBack'),
    cell: (backup) => <Button onClick={() => setBack(backup)}>{t('computer.restore')}</Button>,
  };
  const shown = canRestore ? columns.toSpliced(-1, 0, restore) : columns;
  return (
    <>
      <Table label={t('computer.backups')} columns={shown} rows={backups} keyOf={({ name }) => name} />
      {remove.failure && <FailureNotice failure={remove.failure} onRetry={remove.forget} />}
      {back && (
        <Dialog isOpen title={t('computer.restore')} note={back.name} onClose={() => setBack(undefined)}>
          <div className="flex flex-col gap-3">
            <p>{t('computer.restoreNote')}</p>
            <CommandLine text={back.restoreCommand} />
          </div>
        </Dialog>
      )}
      <ConfirmDialog
        isOpen={leaving !== undefined}
        title={t('computer.backupRemove')}
        note={t('computer.backupRemoveNote', { name: leaving ?? '' })}
        action={t('computer.backupRemove')}
        onClose={() => setLeaving(undefined)}
        onConfirm={() => {
          if (leaving !== undefined) void remove.run({ name: leaving }).catch(nothing);
          setLeaving(undefined);
        }}
      />
    </>
  );
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
