import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Masked } from '../../components/masked.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCount } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';

type Session = Output<'listSessions'>[number];

/** Conversations that stay where their prompt is cached. */
export function SessionsPanel() {
  const { t, i18n } = useTranslation();
  const sessions = useApi('listSessions', {});
  const names = new Map((useApi('listAccounts', {}).value ?? []).map(({ id, name }) => [id, name]));
  const forget = useChange('forgetSession', ['listSessions']);
  const columns: readonly Column<Session>[] = [
    { name: 'model', heading: t('routing.model'), sortBy: ({ family }) => family, cell: ({ family }) => family },
    {
      name: 'account',
      heading: t('routing.account'),
      sortBy: ({ accountId }) => names.get(accountId) ?? accountId,
      cell: ({ accountId }) => <Masked text={names.get(accountId) ?? accountId} />,
    },
    {
      name: 'turns',
      heading: t('routing.turns'),
      isNumber: true,
      sortBy: ({ turns }) => turns,
      cell: ({ turns }) => formatCount(turns, i18n.language),
    },
    {
      name: 'release',
      heading: t('routing.release'),
      cell: ({ id }) => (
        <Button needs="forgetSession" onClick={() => void forget.run({ id }).catch(nothing)}>
          {t('routing.release')}
        </Button>
      ),
    },
  ];
  const rows = sessions.value ?? [];
  return (
    <Panel heading={t('routing.sessions')} resource={sessions}>
      {rows.length === 0 ? (
        <EmptyState text={t('routing.sessionsEmpty')} />
      ) : (
        <Table label={t('routing.sessions')} columns={columns} rows={rows} keyOf={({ id }) => id} />
      )}
    </Panel>
  );
}

function nothing(): void {
  // What could not be let go is still in the list.
}
