import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { useMaskedNames } from '../../components/masked.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { GroupDialog } from './group-dialog.tsx';

type Group = Output<'listGroups'>[number];

/** Named sets of accounts for keys, each with another one to fall back on. */
export function GroupsPanel() {
  const { t } = useTranslation();
  const groups = useApi('listGroups', {});
  const [opened, setOpened] = useState<Group | 'new'>();
  const [removed, setRemoved] = useState<Group>();
  const remove = useChange('removeGroup', ['listGroups', 'listAccounts']);
  const all = groups.value ?? [];
  return (
    <Panel heading={t('routing.groups')} resource={groups}>
      <p className="px-5 pb-2 text-muted">{t('routing.groupsNote')}</p>
      {all.length === 0 && <EmptyState text={t('routing.noGroups')} />}
      <ul className="flex flex-col gap-2 px-5">
        {all.map((group) => (
          <GroupRow key={group.id} group={group} groups={all} onEdit={setOpened} onRemove={setRemoved} />
        ))}
      </ul>
      <div className="flex flex-col items-start gap-3 px-5 py-4">
        {remove.failure && <FailureNotice failure={remove.failure} onRetry={remove.forget} />}
        <Button
          needs="createGroup"
          icon={<Plus className="size-4" aria-hidden="true" />}
          onClick={() => setOpened('new')}
        >
          {t('routing.newGroup')}
        </Button>
      </div>
      {opened && (
        <GroupDialog group={opened === 'new' ? undefined : opened} groups={all} onClose={() => setOpened(undefined)} />
      )}
      <ConfirmDialog
        isOpen={removed !== undefined}
        title={t('routing.removeGroupTitle', { name: removed?.name ?? '' })}
        note={t('routing.removeGroupNote')}
        action={t('routing.removeGroup')}
        onClose={() => setRemoved(undefined)}
        onConfirm={() => {
          if (removed) void remove.run({ id: removed.id }).catch(() => undefined);
          setRemoved(undefined);
        }}
      />
    </Panel>
  );
}

interface RowProps {
  readonly group: Group;
  readonly groups: readonly Group[];
  onEdit(group: Group): void;
  onRemove(group: Group): void;
}

function GroupRow({ group, groups, onEdit, onRemove }: RowProps) {
  const { t } = useTranslation();
  const accounts = new Map((useApi('listAccounts', {}).value ?? []).map(({ id, name }) => [id, name]));
  const inOrder = group.members.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
  const names = useMaskedNames(inOrder.map(({ accountId }) => accounts.get(accountId) ?? accountId));
  const fallback = groups.find(({ id }) => id === group.fallbackId)?.name;
  return (
    <li className="flex flex-wrap items-center gap-2 rounded-lg border border-line px-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="break-words font-medium">{group.name}</p>
        <p className="break-words text-muted text-xs">
          {names.length === 0 ? t('routing.noMembers') : names.join(' → ')}
          {fallback !== undefined && ` · ${t('routing.fallsBack', { name: fallback })}`}
        </p>
      </div>
      <Button needs="updateGroup" aria-label={`${t('routing.editGroup')} ${group.name}`} onClick={() => onEdit(group)}>
        {t('routing.editGroup')}
      </Button>
      <Button
        needs="removeGroup"
        look="danger"
        aria-label={`${t('routing.removeGroup')} ${group.name}`}
        onClick={() => onRemove(group)}
      >
        {t('routing.removeGroup')}
      </Button>
    </li>
  );
}
