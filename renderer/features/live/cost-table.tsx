import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { formatCost, formatCount } from '../../i18n/format.ts';

type Explained = Output<'explainCall'>;
type Cost = NonNullable<Explained['cost']>;

const factors = ['speed', 'tier', 'geography'] as const;
const tokensPerPrice = 1_000_000;

/** What a call cost, line by line, so that the lines can be added up to its total. */
export function CostTable({ explained: { call, cost } }: { readonly explained: Explained }) {
  const { t, i18n } = useTranslation();
  const money = (nanoUsd: number | null) =>
    nanoUsd === null ? t('calls.unpriced') : formatCost(nanoUsd, i18n.language);
  return (
    <>
      <table className="w-full">
        <thead className="sr-only">
          <tr>
            <th scope="col">{t('live.class')}</th>
            <th scope="col">{t('live.amount')}</th>
            <th scope="col">{t('live.price')}</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {cost?.tokens.map(({ class: name, amount, unitNanoUsd, nanoUsd }) => (
            <Line
              key={name}
              name={t(`live.class-${name}`)}
              note={t('live.perMillion', { price: money(unitNanoUsd * tokensPerPrice) })}
              amount={formatCount(amount, i18n.language)}
              price={money(nanoUsd)}
            />
          ))}
          {cost && <Factors percent={cost.percent} />}
          {cost?.pieces.map(({ class: name, amount, unitNanoUsd, nanoUsd }) => (
            <Line
              key={name}
              name={t(`live.class-${name}`)}
              note={t('live.each', { price: money(unitNanoUsd) })}
              amount={formatCount(amount, i18n.language)}
              price={money(nanoUsd)}
            />
          ))}
        </tbody>
        <tfoot>
          <Line isTotal name={t('live.total')} price={money(call.costNanoUsd)} />
          {call.multiplier !== 1 && (
            <Line name={t('live.billed', { multiplier: call.multiplier })} price={money(call.billedNanoUsd)} />
          )}
        </tfoot>
      </table>
      {cost && <Source {...cost} />}
    </>
  );
}

interface LineProps {
  readonly name: string;
  readonly note?: string;
  readonly amount?: string;
  readonly price: ReactNode;
  readonly isTotal?: boolean;
}

function Line({ name, note, amount, price, isTotal = false }: LineProps) {
  return (
    <tr className={isTotal ? 'border-line border-t font-medium' : undefined}>
      <td className="py-1.5">
        {name}
        {note !== undefined && <span className="block text-muted text-sm">{note}</span>}
      </td>
      <td className="py-1.5 pl-4 text-right align-top tabular-nums">{amount}</td>
      <td className="py-1.5 pl-4 text-right align-top tabular-nums">{price}</td>
    </tr>
  );
}

/** What the speed, the tier and the place make of the tokens above. */
function Factors({ percent }: Pick<Cost, 'percent'>) {
  const { t } = useTranslation();
  return factors
    .filter((name) => percent[name] !== 100)
    .map((name) => (
      <Line key={name} name={t(`live.factor-${name}`)} price={t('live.times', { factor: percent[name] / 100 })} />
    ));
}

function Source({ model, version, setOn, isLongContext }: Omit<Cost, 'tokens' | 'pieces' | 'percent'>) {
  const { t } = useTranslation();
  return (
    <p className="mt-2 text-muted">
      {setOn === null ? t('live.tablePrices', { model, version }) : t('live.ownPrices', { model, date: setOn })}
      {isLongContext && ` ${t('live.longPrompt')}`}
    </p>
  );
}
