import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Panel } from '../../components/panel.tsx';
import { localZone } from '../../i18n/local-time.ts';
import { useApi } from '../../stores/api.ts';
import { MemberDialog } from './member-dialog.tsx';
import { MemberPane } from './member-pane.tsx';
import { MembersTable } from './members-table.tsx';

/** The people whose keys there are, and how each of them stands. */
export function MembersPanel() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const [isAdding, setAdding] = useState(false);
  const members = useApi('listMembers', {});
  const standings = useApi('memberStandings', { timeZone: localZone });
  const opened = members.value?.find(({ id }) => id === search.get('id'));
  const add = (
    <Button
      needs="createMember"
      look="primary"
      className="self-start"
      icon={<Plus className="size-4" aria-hidden="true" />}
      onClick={() => setAdding(true)}
    >
      {t('members.add')}
    </Button>
  );
  const all = members.value ?? [];
  return (
    <>
      {all.length > 0 && add}
      <Panel heading={t('team.tab-members')} note={t('members.note')} resource={members}>
        {all.length > 0 ? (
          <MembersTable
            members={all}
            standings={standings.value ?? []}
            onOpen={({ id }) => setSearch({ tab: 'members', id })}
          />
        ) : (
          <EmptyState text={t('members.empty')}>{add}</EmptyState>
        )}
      </Panel>
      {isAdding && <MemberDialog onClose={() => setAdding(false)} />}
      {opened && (
        <MemberPane
          member={opened}
          standing={standings.value?.find(({ memberId }) => memberId === opened.id)}
          onClose={() => setSearch({ tab: 'members' })}
        />
      )}
    </>
  );
}
