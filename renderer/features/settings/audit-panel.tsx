import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';

type Entry = Output<'listAudit'>['entries'][number];

/** Who changed what, the newest first. */
export function AuditPanel() {
  const { t, i18n } = useTranslation();
  const audit = useApi('listAudit', { limit: 50 });
  const entries = audit.value?.entries ?? [];
  const columns: readonly Column<Entry>[] = [
    { name: 'at', heading: t('calls.time'), cell: ({ at }) => formatPast(at, i18n.language, Date.now()) },
    { name: 'who', heading: t('settings.who'), cell: ({ actor }) => t(`settings.actor-${actor}`) },
    { name: 'what', heading: t('settings.what'), cell: ({ action }) => <code className="text-xs">{action}</code> },
    {
      name: 'object',
      heading: t('settings.object'),
      cell: ({ kind, object }) => (
        <>
          <span className="block">{kind}</span>
          <span className="block font-mono text-muted text-xs">{object}</span>
        </>
      ),
    },
    { name: 'change', heading: t('settings.change'), cell: (entry) => <Change entry={entry} /> },
  ];
  return (
    <Panel heading={t('settings.audit')} note={t('settings.auditNote')} resource={audit}>
      {entries.length === 0 ? (
        <EmptyState text={t('settings.auditEmpty')} />
      ) : (
        <Table label={t('settings.audit')} columns={columns} rows={entries} keyOf={({ id }) => id} />
      )}
    </Panel>
  );
}

export function Change({ entry: { before, after } }: { readonly entry: Entry }) {
  const { t } = useTranslation();
  return (
    <details>
      <summary className="min-h-6 cursor-pointer text-muted">{t('settings.show')}</summary>
      <pre className="max-w-96 whitespace-pre-wrap break-all font-mono text-xs">
        {`− ${JSON.stringify(before)}\n+ ${JSON.stringify(after)}`}
      </pre>
    </details>
  );
}
