import { useTranslation } from 'react-i18next';
import { Masked } from '../../components/masked.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCost, formatCount } from '../../i18n/format.ts';
import type { Group, Sums } from './read-question.ts';

interface Props {
  readonly label: string;
  readonly by: Group;
  readonly per: Group | undefined;
  readonly sums: readonly Sums[];
  nameOf(group: string | null): string;
}

export function SumsTable({ label, by, per, sums, nameOf }: Props) {
  const { t, i18n } = useTranslation();
  const count = (value: number) => formatCount(value, i18n.language);
  const columns: readonly Column<Sums>[] = [
    {
      name: 'name',
      heading: t(`usage.${by}`),
      cell: ({ group }) => (
        <span className="font-medium">
          <Masked text={nameOf(group)} />
        </span>
      ),
    },
    ...(per === undefined
      ? []
      : [{ name: 'per', heading: t(`usage.${per}`), cell: (one: Sums) => <Masked text={nameOf(one.per)} /> }]),
    { name: 'calls', heading: t('usage.calls'), isNumber: true, cell: ({ calls }) => count(calls) },
    { name: 'failed', heading: t('usage.failed'), isNumber: true, cell: ({ failedCalls }) => count(failedCalls) },
    { name: 'input', heading: t('tokens.inputTokens'), isNumber: true, cell: ({ inputTokens }) => count(inputTokens) },
    {
      name: 'cached',
      heading: t('tokens.cacheReadTokens'),
      isNumber: true,
      cell: ({ cacheReadTokens }) => count(cacheReadTokens),
    },
    {
      name: 'output',
      heading: t('tokens.outputTokens'),
      isNumber: true,
      cell: ({ outputTokens }) => count(outputTokens),
    },
    { name: 'cost', heading: t('calls.cost'), isNumber: true, cell: (one) => <Cost sums={one} /> },
  ];
  const billed: Column<Sums> = {
    name: 'billed',
    heading: t('usage.billed'),
    isNumber: true,
    cell: ({ billedNanoUsd }) => formatCost(billedNanoUsd, i18n.language),
  };
  // What keys pay is told where it is not the cost.
  const hasBilled = sums.some(({ costNanoUsd, billedNanoUsd }) => billedNanoUsd !== costNanoUsd);
  return (
    <Table
      label={label}
      columns={hasBilled ? [...columns, billed] : columns}
      rows={sums}
      keyOf={(one) => JSON.stringify([one.group, one.per])}
    />
  );
}

function Cost({ sums: { costNanoUsd, unpricedCalls } }: { readonly sums: Sums }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <span className="block">{formatCost(costNanoUsd, i18n.language)}</span>
      {unpricedCalls > 0 && (
        <span className="block text-caution text-xs">{t('usage.unpriced', { count: unpricedCalls })}</span>
      )}
    </>
  );
}
