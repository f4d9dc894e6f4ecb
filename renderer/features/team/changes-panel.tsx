import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { Select } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { Change } from '../settings/audit-panel.tsx';

type Entry = Output<'listAudit'>['entries'][number];
const kinds = ['member', 'key', 'plan', 'top-up'] as const;

/** Who changed a member, a key, a plan or a code; Settings has the record of everything. */
export function ChangesPanel() {
  const { t, i18n } = useTranslation();
  const [kind, setKind] = useState<(typeof kinds)[number]>('member');
  const audit = useApi('listAudit', { kind, limit: 100 });
  const names = useNames();
  const entries = audit.value?.entries ?? [];
  const columns: readonly Column<Entry>[] = [
    {
      name: 'at',
      heading: t('activity.when'),
      sortBy: ({ at }) => at,
      cell: ({ at }) => formatPast(at, i18n.language, Date.now()),
    },
    { name: 'who', heading: t('activity.who'), cell: ({ actor }) => t(`settings.actor-${actor}`) },
    { name: 'what', heading: t('activity.what'), cell: ({ action }) => <code className="text-xs">{action}</code> },
    {
      name: 'object',
      heading: t('activity.object'),
      cell: ({ object }) => names.get(object) ?? <code className="text-xs">{object}</code>,
    },
    { name: 'change', heading: t('activity.change'), cell: (entry) => <Change entry={entry} /> },
  ];
  return (
    <Panel heading={t('activity.changes')} resource={audit}>
      <div className="px-5 pb-3">
        <Select
          aria-label={t('activity.kind')}
          value={kind}
          onChange={({ target }) => setKind(kinds.find((one) => one === target.value) ?? kind)}
          isNarrow
        >
          {kinds.map((one) => (
            <option key={one} value={one}>
              {t(`activity.kind-${one}`)}
            </option>
          ))}
        </Select>
      </div>
      {entries.length === 0 ? (
        <EmptyState text={t('activity.noChanges')} />
      ) : (
        <Table label={t('activity.changes')} columns={columns} rows={entries} keyOf={({ id }) => id} />
      )}
    </Panel>
  );
}

/** What they are called now, by id. */
function useNames(): ReadonlyMap<string, string> {
  const members = useApi('listMembers', {}).value ?? [];
  const keys = useApi('listKeys', {}).value ?? [];
  const plans = useApi('listPlans', {}).value ?? [];
  return new Map([...members, ...keys, ...plans].map(({ id, name }) => [id, name]));
}
