import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Allowed } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormText, type ValuesOf } from '../../components/form.tsx';
import { ModelTester } from '../../components/model-tester.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { useApi, useChange } from '../../stores/api.ts';

type Alias = Output<'listAliases'>[number];

const outdated = ['listAliases', 'listModels', 'testModel'] as const;

/** Names that stand for other models, and a place to try one. */
export function NamesPanel() {
  const { t } = useTranslation();
  const aliases = useApi('listAliases', {});
  const remove = useChange('removeAlias', outdated);
  const columns: readonly Column<Alias>[] = [
    { name: 'asked', heading: t('routing.asked'), sortBy: ({ name }) => name, cell: ({ name }) => <code>{name}</code> },
    {
      name: 'target',
      heading: t('routing.target'),
      sortBy: ({ target }) => target,
      cell: ({ target }) => <code>{target}</code>,
    },
    {
      name: 'remove',
      heading: t('routing.remove'),
      cell: ({ name }) => (
        <Button
          needs="removeAlias"
          aria-label={`${t('routing.remove')} ${name}`}
          onClick={() => void remove.run({ name }).catch(nothing)}
        >
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
      <div className="grid gap-5 border-line border-t px-5 py-4 sm:grid-cols-2">
        <Allowed to="setAlias">
          <AliasForm />
        </Allowed>
        <Tester />
      </div>
    </Panel>
  );
}

function AliasForm() {
  const { t } = useTranslation();
  const set = useChange('setAlias', outdated);
  const form = useForm({ defaultValues: { name: '', target: '' } });
  const save = (typed: ValuesOf<typeof form>) => void set.run(typed).then(() => form.reset(), nothing);
  return (
    <Form form={form} onSubmit={save}>
      <FormText name="name" label={t('routing.asked')} isRequired />
      <FormText name="target" label={t('routing.target')} isRequired />
      {set.failure && <FailureNotice failure={set.failure} onRetry={set.forget} />}
      <Button type="submit" className="self-start" disabled={set.isRunning}>
        {t('routing.add')}
      </Button>
    </Form>
  );
}

function Tester() {
  const [asked, setAsked] = useState('');
  const tested = useApi('testModel', { model: asked }, { isWanted: asked !== '', every: false });
  const names = new Map((useApi('listAccounts', {}).value ?? []).map(({ id, name }) => [id, name]));
  return <ModelTester asked={asked} tested={tested} names={names} onAsk={setAsked} />;
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
