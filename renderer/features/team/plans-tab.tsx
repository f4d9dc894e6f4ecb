import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { useMay } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Panel } from '../../components/panel.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCount } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { CodesPanel } from './codes-panel.tsx';
import { limitText } from './limit-text.ts';
import { PlanDialog } from './plan-dialog.tsx';

type Plan = Output<'listPlans'>[number];

/** Templates of limits, and codes that give keys more. */
export function PlansTab() {
  const { t } = useTranslation();
  const may = useMay();
  const [opened, setOpened] = useState<string>();
  const plans = useApi('listPlans', {});
  const all = plans.value ?? [];
  const create = (
    <Button
      needs="createPlan"
      look="primary"
      className="self-start"
      icon={<Plus className="size-4" aria-hidden="true" />}
      onClick={() => setOpened('new')}
    >
      {t('plans.create')}
    </Button>
  );
  return (
    <>
      {all.length > 0 && create}
      <Panel heading={t('team.tab-plans')} note={t('plans.note')} resource={plans}>
        {all.length > 0 ? (
          <PlansTable plans={all} {...(may('updatePlan') && { onOpen: ({ id }: Plan) => setOpened(id) })} />
        ) : (
          <EmptyState text={t('plans.empty')}>{create}</EmptyState>
        )}
      </Panel>
      <CodesPanel />
      {opened !== undefined && (
        <PlanDialog plan={all.find(({ id }) => id === opened)} onClose={() => setOpened(undefined)} />
      )}
    </>
  );
}

interface TableProps {
  readonly plans: readonly Plan[];
  onOpen?(plan: Plan): void;
}

function PlansTable({ plans, onOpen }: TableProps) {
  const { t, i18n } = useTranslation();
  const columns: readonly Column<Plan>[] = [
    {
      name: 'name',
      heading: t('keys.name'),
      sortBy: ({ name }) => name,
      cell: ({ name, note }) => (
        <>
          <span className="block font-medium">{name}</span>
          {note !== undefined && <span className="block text-muted text-xs">{note}</span>}
        </>
      ),
    },
    {
      name: 'limits',
      heading: t('limits.heading'),
      cell: ({ limits }) =>
        limits.length === 0
          ? t('keys.unlimited')
          : limits.map((limit) => (
              <span key={JSON.stringify(limit)} className="block">
                {limitText(limit, { t, language: i18n.language })}
              </span>
            )),
    },
    {
      name: 'concurrent',
      heading: t('keys.concurrent'),
      isNumber: true,
      sortBy: ({ maxConcurrent }) => maxConcurrent,
      cell: ({ maxConcurrent }) => (maxConcurrent === undefined ? '–' : formatCount(maxConcurrent, i18n.language)),
    },
    {
      name: 'members',
      heading: t('team.tab-members'),
      isNumber: true,
      sortBy: ({ members }) => members,
      cell: ({ members }) => formatCount(members, i18n.language),
    },
    {
      name: 'keys',
      heading: t('keys.heading'),
      isNumber: true,
      sortBy: ({ keys }) => keys,
      cell: ({ keys }) => formatCount(keys, i18n.language),
    },
  ];
  return (
    <Table
      label={t('team.tab-plans')}
      columns={columns}
      rows={plans}
      keyOf={({ id }) => id}
      {...(onOpen && { onOpen })}
    />
  );
}
