import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Tiles } from '../../components/tiles.tsx';
import { formatCost, formatCount, formatPast } from '../../i18n/format.ts';
import { useChange } from '../../stores/api.ts';
import { CreateKeys } from './create-keys.tsx';
import { FactList } from './fact-list.tsx';
import { MemberDevices } from './member-devices.tsx';
import { MemberDialog } from './member-dialog.tsx';
import { MemberKeys } from './member-keys.tsx';
import { MemberSignIn } from './member-sign-in.tsx';
import type { Member, MemberStanding } from './member-values.ts';
import { outdated } from './outdated.ts';
import { StandingGauge } from './standing-gauge.tsx';

interface Props {
  readonly member: Member;
  readonly standing: MemberStanding | undefined;
  onClose(): void;
}

/** One member: what they used, what all their keys share, and what can be done. */
export function MemberPane({ member, standing, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const cost = (span: 'today' | 'fiveHours' | 'week') => formatCost(standing?.[span].costNanoUsd ?? 0, i18n.language);
  const calls = (span: 'today' | 'fiveHours' | 'week') => t('members.calls', { count: standing?.[span].calls ?? 0 });
  return (
    <Dialog isPane isOpen title={member.name} note={t(`members.${member.state}`)} onClose={onClose}>
      <div className="flex flex-col gap-6">
        <Actions member={member} onClose={onClose} />
        <Tiles
          label={t('members.used')}
          tiles={[
            { name: t('members.fiveHours'), value: cost('fiveHours'), note: calls('fiveHours') },
            { name: t('members.today'), value: cost('today'), note: calls('today') },
            { name: t('members.week'), value: cost('week'), note: calls('week') },
            { name: t('members.running'), value: formatCount(standing?.running ?? 0, i18n.language) },
          ]}
        />
        <Link to={`/usage?member=${member.id}`} className="self-start font-medium text-accent underline">
          {t('members.openUsage')}
        </Link>
        <section className="flex flex-col gap-3">
          <h3 className="font-semibold">{t('members.sharedLimits')}</h3>
          {(standing?.standings.length ?? 0) === 0 && <p className="text-muted">{t('members.noShared')}</p>}
          {standing?.standings.map((one) => (
            <StandingGauge key={one.name} standing={one} />
          ))}
        </section>
        <MemberKeys member={member} />
        <MemberDevices memberId={member.id} />
        <MemberSignIn member={member} />
        <Facts member={member} standing={standing} />
      </div>
    </Dialog>
  );
}

function Actions({ member, onClose }: Omit<Props, 'standing'>) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<'edit' | 'key' | 'remove'>();
  const suspend = useChange('suspendMember', outdated);
  const resume = useChange('resumeMember', outdated);
  const remove = useChange('removeMember', outdated);
  const failure = suspend.failure ?? resume.failure ?? remove.failure;
  const { id, name, keys } = member;
  const close = () => setDialog(undefined);
  const isActive = member.state === 'active';
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button needs="updateMember" look="primary" onClick={() => setDialog('edit')}>
          {t('members.editShort')}
        </Button>
        <Button
          needs={isActive ? 'suspendMember' : 'resumeMember'}
          onClick={() => void (isActive ? suspend : resume).run({ id }).catch(nothing)}
        >
          {t(isActive ? 'members.suspend' : 'members.resume')}
        </Button>
        <Button
          needs="createKey"
          icon={<KeyRound className="size-4" aria-hidden="true" />}
          onClick={() => setDialog('key')}
        >
          {t('keys.create')}
        </Button>
        <Button needs="removeMember" look="danger" onClick={() => setDialog('remove')}>
          {t('members.remove')}
        </Button>
      </div>
      {!isActive && <p className="text-muted">{t('members.suspendedNote')}</p>}
      {failure && <FailureNotice failure={failure} onRetry={remove.forget} />}
      {dialog === 'edit' && <MemberDialog member={member} onClose={close} />}
      {dialog === 'key' && <CreateKeys memberId={id} onClose={close} />}
      <ConfirmDialog
        isOpen={dialog === 'remove'}
        title={t('keys.removeTitle', { name })}
        note={keys === 0 ? t('members.removeNote') : t('members.removeWithKeys', { count: keys })}
        action={t('members.remove')}
        onClose={close}
        onConfirm={() => {
          close();
          void remove.run({ id, withKeys: keys > 0 }).then(onClose, nothing);
        }}
      />
    </>
  );
}

function Facts({ member, standing }: Omit<Props, 'onClose'>) {
  const { t, i18n } = useTranslation();
  const { maxConcurrent, note, email, role, planName, createdAt } = member;
  const use = standing?.lastUse;
  const atOnce = maxConcurrent === undefined ? t('keys.unlimited') : formatCount(maxConcurrent, i18n.language);
  return (
    <FactList
      facts={[
        [t('members.role'), t(`members.role-${role}`)],
        [t('members.email'), email ?? '–'],
        [t('keys.plan'), planName ?? t('keys.noPlan')],
        [t('keys.concurrent'), atOnce],
        [t('keys.remark'), note ?? '–'],
        [t('members.lastSeen'), use ? formatPast(use.at, i18n.language, Date.now()) : t('keys.never')],
        [t('team.lastTool'), use?.userAgent ?? '–'],
        [t('keys.createdAt'), formatPast(createdAt, i18n.language, Date.now())],
      ]}
    />
  );
}

function nothing(): void {
  // The change holds its failure, and the pane shows it.
}
