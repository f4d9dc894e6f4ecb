import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';

interface Props {
  readonly legend?: ReactNode;
  readonly chart: ReactNode;
  /** The same numbers as a table, for who cannot or will not read a chart. */
  readonly table: ReactNode;
}

export function ChartFrame({ legend, chart, table }: Props) {
  const { t } = useTranslation();
  const [isTable, setTable] = useState(false);
  return (
    <div className="flex flex-col gap-3 px-5 pb-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">{legend}</div>
        <Button look="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {t(isTable ? 'chart.asChart' : 'chart.asTable')}
        </Button>
      </div>
      {isTable ? table : chart}
    </div>
  );
}
