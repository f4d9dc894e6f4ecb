import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { type Column, Table } from '../../components/table.tsx';
import { formatCost, formatCount } from '../../i18n/format.ts';

type Sums = Output<'summarizeUsage'>[number];

interface Props {
  readonly label: string;
  readonly sums: readonly Sums[];
  nameOf(group: string | null): string;
}

export function SumsTable({ label, sums, nameOf }: Props) {
  const { t, i18n } = useTranslation();
  const count = (value: number) => formatCount(value, i18n.language);
  const columns: readonly Column<Sums>[] = [
    { name: 'name', heading: label, cell: ({ group }) => <span className="font-medium">{nameOf(group)}</span> },
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
  return <Table label={label} columns={columns} rows={sums} keyOf={({ group }) => group ?? ''} />;
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
