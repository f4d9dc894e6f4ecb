import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { StackedBars } from '../../components/charts/stacked-bars.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Select } from '../../components/field.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Panel } from '../../components/panel.tsx';
import { formatCost } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { useNames } from '../live/names.ts';
import { exportAddress } from './export-address.ts';
import { seriesOf } from './series.ts';
import { SumsTable } from './sums-table.tsx';

const ranges = { day: 1, week: 7, month: 30, quarter: 90 } as const;
type Range = keyof typeof ranges;
const rangeNames = ['day', 'week', 'month', 'quarter'] as const;
const groups = ['model', 'account', 'key', 'project'] as const;
type Group = (typeof groups)[number];

const dayMs = 86_400_000;
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What was used and what it cost, over time and by one thing. */
export function UsagePage() {
  const { t, i18n } = useTranslation();
  const [range, setRange] = useState<Range>('week');
  const [by, setBy] = useState<Group>('model');
  const since = startOf(ranges[range]);
  const time = range === 'day' ? 'hour' : 'day';
  const sums = useApi('summarizeUsage', { by, since });
  const overTime = useApi('summarizeUsage', { by: time, per: by, since, timeZone });
  const { accounts, keys } = useNames();
  const nameOf = (group: string | null) =>
    group === null ? t('usage.none') : (accounts.get(group) ?? keys.get(group) ?? group);
  const hasCalls = (overTime.value?.length ?? 0) > 0;
  const money = (nanoUsd: number) => formatCost(nanoUsd, i18n.language);
  const { times, series } = seriesOf(overTime.value ?? [], {
    ...{ nameOf, others: t('usage.others') },
    days: range === 'day' ? [] : daysFrom(since),
  });
  return (
    <>
      <PageHeading title={t('usage.heading')} note={t('usage.note')}>
        <Choice<Range>
          label={t('usage.range')}
          value={range}
          onChange={setRange}
          names={rangeNames}
          say={(one: Range) => t(`usage.${one}`)}
        />
        <Choice<Group>
          label={t('usage.by')}
          value={by}
          onChange={setBy}
          names={groups}
          say={(one: Group) => t(`usage.by-${one}`)}
        />
        <a
          href={exportAddress('csv', since)}
          download
          className="inline-flex min-h-8 items-center rounded-lg border border-line bg-surface px-3 font-medium hover:border-edge"
        >
          {t('usage.export')}
        </a>
      </PageHeading>
      <Panel
        heading={t('usage.overTime')}
        note={money(series.reduce((sum, { values }) => sum + values.reduce((a, b) => a + b, 0), 0))}
        resource={overTime}
      >
        {hasCalls ? (
          <StackedBars label={t('usage.overTime')} times={times} series={series} format={money} />
        ) : (
          <EmptyState text={t('usage.empty')} />
        )}
      </Panel>
      <Panel heading={t(`usage.by-${by}`)} resource={sums}>
        {(sums.value?.length ?? 0) > 0 ? (
          <SumsTable sums={sums.value ?? []} nameOf={nameOf} label={t(`usage.by-${by}`)} />
        ) : (
          <EmptyState text={t('usage.empty')}>
            {range !== 'quarter' && <Button onClick={() => setRange('quarter')}>{t('usage.longer')}</Button>}
          </EmptyState>
        )}
      </Panel>
    </>
  );
}

interface ChoiceProps<Name extends string> {
  readonly label: string;
  readonly value: Name;
  readonly names: readonly Name[];
  say(name: Name): string;
  onChange(name: Name): void;
}

function Choice<Name extends string>({ label, value, names, say, onChange }: ChoiceProps<Name>) {
  return (
    <Select
      aria-label={label}
      value={value}
      onChange={({ target }) => onChange(names.find((name) => name === target.value) ?? value)}
      isNarrow
    >
      {names.map((name) => (
        <option key={name} value={name}>
          {say(name)}
        </option>
      ))}
    </Select>
  );
}

/** Every day since then, named as the sums are. */
function daysFrom(since: number): string[] {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const days = new Set<string>();
  for (let at = since; at <= Date.now(); at += dayMs / 2) days.add(format.format(at));
  return [...days];
}

/** Whole days of this computer, so that the question is the same for a while. */
function startOf(days: number): number {
  return new Date(Date.now() - (days - 1) * dayMs).setHours(0, 0, 0, 0);
}
