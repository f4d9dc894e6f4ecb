import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { useApi, useChange } from '../../stores/api.ts';

type Alias = Output<'listAliases'>[number];

/** Names that stand for other models. */
export function NamesPanel() {
  const { t } = useTranslation();
  const aliases = useApi('listAliases', {});
  const remove = useChange('removeAlias', ['listAliases', 'listModels']);
  const columns: readonly Column<Alias>[] = [
    { name: 'asked', heading: t('routing.asked'), cell: ({ name }) => <code>{name}</code> },
    { name: 'target', heading: t('routing.target'), cell: ({ target }) => <code>{target}</code> },
    {
      name: 'remove',
      heading: t('routing.remove'),
      cell: ({ name }) => (
        <Button aria-label={`${t('routing.remove')} ${name}`} onClick={() => void remove.run({ name }).catch(nothing)}>
          {t('routing.remove')}
        </Button>
      ),
    },
  ];
  const rows = aliases.value ?? [];
  return (
    <Panel heading={t('routing.names')} resource={aliases}>
      <p className="px-5 pb-2 text-muted">{t('routing.namesNote')}</p>
      {rows.length === 0 ? (
        <EmptyState text={t('routing.noAliases')} />
      ) : (
        <Table label={t('routing.names')} columns={columns} rows={rows} keyOf={({ name }) => name} />
      )}
      {remove.failure && <FailureNotice failure={remove.failure} onRetry={remove.forget} />}
      <AliasForm />
    </Panel>
  );
}

function AliasForm() {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [target, setTarget] = useState('');
  const set = useChange('setAlias', ['listAliases', 'listModels']);
  const save = (event: FormEvent) => {
    event.preventDefault();
    void set.run({ name, target }).then(() => {
      setName('');
      setTarget('');
    }, nothing);
  };
  return (
    <form onSubmit={save} className="flex flex-wrap items-end gap-3 border-line border-t px-5 py-4">
      <Field label={t('routing.asked')}>
        {(ids) => <TextInput {...ids} required value={name} onChange={({ target: input }) => setName(input.value)} />}
      </Field>
      <Field label={t('routing.target')}>
        {(ids) => (
          <TextInput {...ids} required value={target} onChange={({ target: input }) => setTarget(input.value)} />
        )}
      </Field>
      <Button type="submit" disabled={set.isRunning}>
        {t('routing.add')}
      </Button>
      {set.failure && <FailureNotice failure={set.failure} onRetry={set.forget} />}
    </form>
  );
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
