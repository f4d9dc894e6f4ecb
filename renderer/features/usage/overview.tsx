import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Button } from '../../components/button.tsx';
import { HeatMap } from '../../components/charts/heat-map.tsx';
import { StackedArea } from '../../components/charts/stacked-area.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Panel } from '../../components/panel.tsx';
import { formatCost, formatCount } from '../../i18n/format.ts';
import { localZone } from '../../i18n/local-time.ts';
import { useApi } from '../../stores/api.ts';
import { useNames } from '../live/names.ts';
import { byWeekday, hours } from './hours.ts';
import { Question } from './question.tsx';
import { daysOf } from './range.ts';
import { readQuestion } from './read-question.ts';
import { SavingsTiles } from './savings-tiles.tsx';
import { seriesOf } from './series.ts';
import { SumsTable } from './sums-table.tsx';

/** Up to so many days are shown by the hour. */
const mostHourlyDays = 2;

/** What was used and what it cost, over time, by one or two things, and by the hours of a week. */
export function Overview() {
  const { t, i18n } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const { range, by, per, key, member, account } = readQuestion(search, Date.now());
  const { since, before } = range;
  const of = { since, before, key, member, account };
  const days = daysOf(range, Date.now());
  const isHourly = days.length <= mostHourlyDays;
  const sums = useApi('summarizeUsage', { by, per, ...of });
  const overTime = useApi('summarizeUsage', { by: isHourly ? 'hour' : 'day', per: by, ...of, timeZone: localZone });
  const byHour = useApi('summarizeUsage', { by: 'hour', ...of, timeZone: localZone });
  const nameOf = useNameOf();
  const hasCalls = (overTime.value?.length ?? 0) > 0;
  const money = (nanoUsd: number) => formatCost(nanoUsd, i18n.language);
  const total = (overTime.value ?? []).reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
  const { times, series } = seriesOf(overTime.value ?? [], {
    ...{ nameOf, others: t('usage.others') },
    days: isHourly ? [] : days,
  });
  const heading = per ? t('usage.byTwo', { first: t(`usage.${by}`), second: t(`usage.${per}`) }) : t(`usage.by-${by}`);
  const nothing = <EmptyState text={t('usage.empty')} />;
  return (
    <>
      <Question nameOf={nameOf} />
      <SavingsTiles question={of} />
      <Panel heading={t('usage.overTime')} note={money(total)} resource={overTime}>
        {hasCalls ? (
          <StackedArea label={t('usage.overTime')} times={times} series={series} format={money} />
        ) : (
          <EmptyState text={t('usage.empty')}>
            {range.name !== 'quarter' && (
              <Button onClick={() => setSearch({ range: 'quarter' })}>{t('usage.longer')}</Button>
            )}
          </EmptyState>
        )}
      </Panel>
      <Panel heading={heading} note={by === 'tool' || per === 'tool' ? t('usage.toolNote') : undefined} resource={sums}>
        {(sums.value?.length ?? 0) > 0 ? (
          <SumsTable sums={sums.value ?? []} nameOf={nameOf} label={heading} by={by} per={per} />
        ) : (
          nothing
        )}
      </Panel>
      <Panel heading={t('usage.heatMap')} note={t('usage.heatMapNote')} resource={byHour}>
        {hasCalls ? (
          <HeatMap
            label={t('usage.heatMap')}
            rowHeading={t('usage.weekday')}
            columns={hours}
            rows={byWeekday(byHour.value ?? []).map((values, at) => ({ name: weekday(at, i18n.language), values }))}
            format={(calls) => formatCount(calls, i18n.language)}
          />
        ) : (
          nothing
        )}
      </Panel>
    </>
  );
}

/** What an account, a key or a member is called; anything else is its own name. */
function useNameOf(): (group: string | null) => string {
  const { t } = useTranslation();
  const { accounts, keys } = useNames();
  const members = useApi('listMembers', {}, { every: 30_000 }).value ?? [];
  const names = new Map([...members.map(({ id, name }) => [id, name] as const), ...accounts, ...keys]);
  return (group) => (group === null ? t('usage.none') : (names.get(group) ?? group));
}

/** Monday is 0. */
function weekday(at: number, language: string): string {
  const someMonday = Date.UTC(2024, 0, 1 + at);
  return new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(someMonday);
}
