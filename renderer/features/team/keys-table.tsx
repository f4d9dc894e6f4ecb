import { useTranslation } from 'react-i18next';
import { useMay } from '../../components/allowed.tsx';
import { Masked } from '../../components/masked.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatFuture, formatPast } from '../../i18n/format.ts';
import { endOf, keyState, keyTones } from './key-state.ts';
import type { Key } from './key-values.ts';
import { limitText } from './limit-text.ts';

interface Props {
  readonly keys: readonly Key[];
  readonly picked: ReadonlySet<string>;
  onPick(picked: ReadonlySet<string>): void;
  onOpen(key: Key): void;
}

export function KeysTable({ keys, picked, onPick, onOpen }: Props) {
  const may = useMay();
  const { t } = useTranslation();
  const columns = useColumns();
  return (
    <Table
      label={t('keys.heading')}
      columns={columns}
      rows={keys}
      keyOf={({ id }) => id}
      onOpen={onOpen}
      // Nothing to do with those that are picked: none is.
      selection={
        may('updateKeys')
          ? {
              picked,
              allLabel: t('keys.pickAll'),
              labelOf: ({ name }) => t('keys.pick', { name }),
              onChange: onPick,
            }
          : undefined
      }
    />
  );
}

function useColumns(): readonly Column<Key>[] {
  const { t, i18n } = useTranslation();
  const now = Date.now();
  return [
    {
      name: 'name',
      heading: t('keys.name'),
      sortBy: ({ name }) => name,
      cell: ({ name, prefix, ending, isImported }) => (
        <>
          <span className="block font-medium">
            <Masked text={name} />
          </span>
          <span className="block font-mono text-muted text-xs">
            {isImported ? '' : 'wsk_'}
            {prefix}…{ending}
          </span>
        </>
      ),
    },
    {
      name: 'state',
      heading: t('team.state'),
      sortBy: (key) => keyState(key, now),
      cell: (key) => (
        <span className="inline-flex items-baseline gap-2 whitespace-nowrap">
          <StateMark tone={keyTones[keyState(key, now)]} />
          {t(`keys.${keyState(key, now)}`)}
        </span>
      ),
    },
    {
      name: 'member',
      heading: t('keys.member'),
      sortBy: ({ memberName, owner }) => memberName ?? owner,
      cell: ({ memberName, owner }) => {
        const who = memberName ?? owner;
        return who === undefined ? '–' : <Masked text={who} />;
      },
    },
    { name: 'tags', heading: t('keys.tags'), cell: ({ tags }) => <Tags tags={tags} /> },
    {
      name: 'limits',
      heading: t('keys.planAndLimits'),
      sortBy: ({ planName }) => planName,
      cell: ({ planName, limits }) => (
        <>
          {planName !== undefined && <span className="block">{planName}</span>}
          {limits.map((limit) => (
            <span key={JSON.stringify(limit)} className="block text-muted text-xs">
              {limitText(limit, { t, language: i18n.language })}
            </span>
          ))}
          {planName === undefined && limits.length === 0 && t('keys.unlimited')}
        </>
      ),
    },
    {
      name: 'expires',
      heading: t('keys.expires'),
      sortBy: endOf,
      cell: (key) => {
        const end = endOf(key);
        return end === undefined ? t('keys.forever') : formatFuture(end, i18n.language, now);
      },
    },
    {
      name: 'used',
      heading: t('keys.lastUse'),
      sortBy: ({ lastUse }) => lastUse?.at,
      cell: ({ lastUse }) => (lastUse ? formatPast(lastUse.at, i18n.language, now) : t('keys.never')),
    },
  ];
}

function Tags({ tags }: Pick<Key, 'tags'>) {
  if (tags.length === 0) return '–';
  return (
    <span className="flex max-w-48 flex-wrap gap-1">
      {tags.map((tag) => (
        <span key={tag} className="rounded bg-sunken px-1.5 text-xs">
          {tag}
        </span>
      ))}
    </span>
  );
}
