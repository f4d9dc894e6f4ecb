import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../../app/server/admin/contract.ts';
import { Button } from '../../../components/button.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { FailureNotice } from '../../../components/failure-notice.tsx';
import { Panel } from '../../../components/panel.tsx';
import { type Column, Table } from '../../../components/table.tsx';
import { formatClock } from '../../../i18n/format.ts';
import { useApi, useChange } from '../../../stores/api.ts';
import { outdated } from '../outdated.ts';
import { InviteCard } from './invite-card.tsx';
import { InviteDialog } from './invite-dialog.tsx';

type Invite = Output<'listInvites'>[number];

/** Who is invited, and what became of it. */
export function InvitesPanel() {
  const { t } = useTranslation();
  const isOn = useApi('showSharing', {}).value?.isOn === true;
  const invites = useApi('listInvites', {});
  const [isInviting, setInviting] = useState(false);
  const [issued, setIssued] = useState<Output<'createInvite'>>();
  const all = invites.value ?? [];
  const invite = (
    <Button
      needs="createInvite"
      look="primary"
      className="self-start"
      disabled={!isOn}
      icon={<Plus className="size-4" aria-hidden="true" />}
      onClick={() => setInviting(true)}
    >
      {t('invites.create')}
    </Button>
  );
  return (
    <Panel heading={t('invites.heading')} note={t('invites.note')} resource={invites}>
      {all.length === 0 ? (
        <EmptyState text={t('invites.empty')}>{invite}</EmptyState>
      ) : (
        <div className="flex flex-col gap-3 pb-2">
          <div className="px-5">{invite}</div>
          <InvitesTable invites={all} />
        </div>
      )}
      {isInviting && (
        <InviteDialog
          onIssued={(one) => {
            setInviting(false);
            setIssued(one);
          }}
          onClose={() => setInviting(false)}
        />
      )}
      {issued && (
        <InviteCard
          issued={issued}
          state={all.find(({ id }) => id === issued.invite.id)?.state ?? issued.invite.state}
          onClose={() => setIssued(undefined)}
        />
      )}
    </Panel>
  );
}

function InvitesTable({ invites }: { readonly invites: readonly Invite[] }) {
  const { t, i18n } = useTranslation();
  const revoke = useChange('revokeInvite', ['listInvites', ...outdated]);
  const columns: readonly Column<Invite>[] = [
    { name: 'who', heading: t('invites.member'), cell: ({ memberName, memberId }) => memberName ?? memberId },
    { name: 'state', heading: t('invites.state'), cell: ({ state }) => t(`invites.state-${state}`) },
    {
      name: 'until',
      heading: t('invites.until'),
      sortBy: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }) => formatClock(expiresAt, i18n.language),
    },
    {
      name: 'action',
      heading: t('invites.action'),
      cell: ({ id, state }) =>
        state === 'open' || state === 'locked' ? (
          <Button needs="revokeInvite" look="quiet" onClick={() => void revoke.run({ id }).catch(() => undefined)}>
            {t('invites.revoke')}
          </Button>
        ) : null,
    },
  ];
  return (
    <>
      {revoke.failure && <FailureNotice failure={revoke.failure} onRetry={revoke.forget} />}
      <Table label={t('invites.heading')} columns={columns} rows={invites} keyOf={({ id }) => id} />
    </>
  );
}
