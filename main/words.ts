import type { Words } from '../app/notify/words.ts';

const nanoPerUsd = 1e9;

export function costText(nanoUsd: number, { language }: Words): string {
  return new Intl.NumberFormat(language, {
    ...{ style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' },
    maximumFractionDigits: 2,
  }).format(nanoUsd / nanoPerUsd);
}
