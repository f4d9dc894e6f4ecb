import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Panel } from '../../components/panel.tsx';
import { StateMark, type Tone } from '../../components/state-mark.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCost, formatCount, formatFuture, formatPast } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';
import { CreateCodes } from './create-codes.tsx';

type Code = Output<'listTopUps'>[number];

const tones: Readonly<Record<Code['state'], Tone>> = {
  open: 'good',
  redeemed: 'quiet',
  disabled: 'quiet',
  expired: 'caution',
};
const dayMs = 86_400_000;

/** Codes that give a key more, once each. */
export function CodesPanel() {
  const { t } = useTranslation();
  const [isCreating, setCreating] = useState(false);
  const codes = useApi('listTopUps', {});
  const disable = useChange('disableTopUp', ['listTopUps']);
  const create = (
    <Button needs="createTopUps" className="self-start" onClick={() => setCreating(true)}>
      {t('codes.create')}
    </Button>
  );
  const all = codes.value ?? [];
  return (
    <>
      <Panel heading={t('codes.heading')} note={t('codes.note')} resource={codes}>
        {disable.failure && <FailureNotice failure={disable.failure} onRetry={disable.forget} />}
        {all.length > 0 ? (
          <>
            <div className="px-5 pb-3">{create}</div>
            <CodesTable codes={all} onDisable={({ id }) => void disable.run({ id }).catch(() => undefined)} />
          </>
        ) : (
          <EmptyState text={t('codes.empty')}>{create}</EmptyState>
        )}
      </Panel>
      {isCreating && <CreateCodes onClose={() => setCreating(false)} />}
    </>
  );
}

interface TableProps {
  readonly codes: readonly Code[];
  onDisable(code: Code): void;
}

function CodesTable({ codes, onDisable }: TableProps) {
  const { t, i18n } = useTranslation();
  const say = (moment: number) => formatPast(moment, i18n.language, Date.now());
  const columns: readonly Column<Code>[] = [
    { name: 'code', heading: t('codes.code'), cell: ({ ending }) => <code className="text-xs">…{ending}</code> },
    { name: 'gives', heading: t('codes.gives'), cell: (code) => <Gives code={code} /> },
    {
      name: 'state',
      heading: t('team.state'),
      sortBy: ({ state }) => state,
      cell: ({ state, keyName, redeemedAt }) => (
        <>
          <span className="inline-flex items-baseline gap-2 whitespace-nowrap">
            <StateMark tone={tones[state]} />
            {t(`codes.${state}`)}
          </span>
          {redeemedAt !== undefined && (
            <span className="block text-muted text-xs">{[keyName, say(redeemedAt)].filter(Boolean).join(' · ')}</span>
          )}
        </>
      ),
    },
    { name: 'note', heading: t('keys.remark'), cell: ({ note }) => note ?? '–' },
    {
      name: 'until',
      heading: t('codes.until'),
      sortBy: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }) =>
        expiresAt === undefined ? t('keys.forever') : formatFuture(expiresAt, i18n.language, Date.now()),
    },
    {
      name: 'action',
      heading: t('team.action'),
      cell: (code) =>
        code.state === 'open' && (
          <Button needs="disableTopUp" onClick={() => onDisable(code)}>
            {t('codes.disable')}
          </Button>
        ),
    },
  ];
  return <Table label={t('codes.heading')} columns={columns} rows={codes} keyOf={({ id }) => id} />;
}

function Gives({ code: { measure, amount = 0, extendMs } }: { readonly code: Code }) {
  const { t, i18n } = useTranslation();
  const count = measure === 'cost' ? formatCost(amount, i18n.language) : formatCount(amount, i18n.language);
  return [
    ...(measure === undefined ? [] : [t(`limits.count-${measure}`, { amount: count })]),
    ...(extendMs === undefined ? [] : [t('codes.days', { count: extendMs / dayMs })]),
  ].join(' · ');
}
