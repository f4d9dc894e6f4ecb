import { useTranslation } from 'react-i18next';
import { Masked } from '../../components/masked.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCount, formatPast } from '../../i18n/format.ts';
import { Avatar } from './avatar.tsx';
import { MemberBars } from './member-bars.tsx';
import { mostOf } from './member-use.ts';
import type { Member, MemberStanding } from './member-values.ts';

interface Props {
  readonly members: readonly Member[];
  readonly standings: readonly MemberStanding[];
  onOpen(member: Member): void;
}

/** A row of the table: a member, and how they stand once that is known. */
interface Row {
  readonly member: Member;
  readonly standing: MemberStanding | undefined;
}

export function MembersTable({ members, standings, onOpen }: Props) {
  const { t } = useTranslation();
  const byId = new Map(standings.map((one) => [one.memberId, one]));
  const columns = useColumns(standings);
  return (
    <Table<Row>
      label={t('team.tab-members')}
      columns={columns}
      rows={members.map((member) => ({ member, standing: byId.get(member.id) }))}
      keyOf={({ member }) => member.id}
      onOpen={({ member }) => onOpen(member)}
    />
  );
}

function useColumns(standings: readonly MemberStanding[]): readonly Column<Row>[] {
  const { t, i18n } = useTranslation();
  const most = mostOf(standings);
  return [
    { name: 'name', heading: t('members.name'), sortBy: ({ member }) => member.name, cell: Name },
    {
      name: 'state',
      heading: t('team.state'),
      sortBy: ({ member }) => member.state,
      cell: ({ member: { state } }) => (
        <span className="inline-flex items-baseline gap-2 whitespace-nowrap">
          <StateMark tone={state === 'active' ? 'good' : 'caution'} />
          {t(`members.${state}`)}
        </span>
      ),
    },
    {
      name: 'plan',
      heading: t('keys.plan'),
      sortBy: ({ member }) => member.planName,
      cell: ({ member: { planName, keys } }) => (
        <>
          <span className="block">{planName ?? '–'}</span>
          <span className="block text-muted text-xs">{t('members.keys', { count: keys })}</span>
        </>
      ),
    },
    {
      name: 'used',
      heading: t('members.used'),
      sortBy: ({ standing }) => standing?.week.costNanoUsd,
      cell: ({ member, standing }) => standing && <MemberBars member={member} standing={standing} most={most} />,
    },
    {
      name: 'running',
      heading: t('members.running'),
      isNumber: true,
      sortBy: ({ standing }) => standing?.running,
      cell: ({ standing }) => formatCount(standing?.running ?? 0, i18n.language),
    },
    {
      name: 'seen',
      heading: t('members.lastSeen'),
      sortBy: ({ standing }) => standing?.lastUse?.at,
      cell: LastSeen,
    },
  ];
}

function Name({ member: { name, email, role } }: Row) {
  const { t } = useTranslation();
  return (
    <span className="flex items-center gap-3">
      <Avatar name={name} />
      <span className="min-w-0">
        <span className="block font-medium">
          <Masked text={name} />
        </span>
        <span className="block text-muted text-xs">
          {t(`members.role-${role}`)}
          {email !== undefined && (
            <>
              {' · '}
              <Masked text={email} />
            </>
          )}
        </span>
      </span>
    </span>
  );
}

function LastSeen({ standing }: Row) {
  const { t, i18n } = useTranslation();
  const use = standing?.lastUse;
  if (!use) return t('keys.never');
  return (
    <>
      <span className="block whitespace-nowrap">{formatPast(use.at, i18n.language, Date.now())}</span>
      <span className="block max-w-44 truncate text-muted text-xs" title={use.userAgent}>
        {use.userAgent}
      </span>
      {use.address !== undefined && (
        <span className="block text-muted text-xs">
          <Masked text={use.address} />
        </span>
      )}
    </>
  );
}
