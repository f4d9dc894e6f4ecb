import type { Input } from '../../../app/server/admin/contract.ts';

export type OwnPrice = Input<'setOwnPrice'>['price'];

/** Priced by the token: whole nano-dollars for one, shown as dollars for a million. */
export const unitFields = [
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'audioCacheRead',
  'audioOutput',
  'imageInput',
  'imageOutput',
] as const satisfies readonly (keyof OwnPrice)[];
export type UnitField = (typeof unitFields)[number];

/** Priced by the piece: whole nano-dollars for one, shown as dollars for a thousand. */
export const pieceFields = ['webSearch', 'image'] as const satisfies readonly (keyof OwnPrice)[];
export type PieceField = (typeof pieceFields)[number];

/** What the fields hold: dollars, as text; empty is no price. */
export type PriceTexts = Readonly<Record<UnitField | PieceField, string>>;

const nanoPerMillionth = 1_000;
const nanoPerThousandth = 1_000_000;

export function perMillion(nanoUsd: number, language: string): string {
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    maximumFractionDigits: 3,
  }).format(nanoUsd / nanoPerMillionth);
}

export function textsOf(price: Partial<OwnPrice>): PriceTexts {
  const text = (nanoUsd: number | null | undefined, unit: number) =>
    typeof nanoUsd === 'number' ? String(nanoUsd / unit) : '';
  return Object.fromEntries([
    ...unitFields.map((field) => [field, text(price[field], nanoPerMillionth)]),
    ...pieceFields.map((field) => [field, text(price[field], nanoPerThousandth)]),
  ]);
}

/** What the texts say; percentages and long prompts, which have no field, stay as they are. */
export function priceOf(texts: PriceTexts, before: Partial<OwnPrice>): OwnPrice {
  const { longContext, fastPercent, usOnlyPercent } = before;
  const said = (fields: readonly (UnitField | PieceField)[], unit: number) =>
    Object.fromEntries(
      fields.flatMap((field) => (texts[field] === '' ? [] : [[field, Math.round(Number(texts[field]) * unit)]])),
    );
  return {
    ...{ input: 0, output: 0, ...said(unitFields, nanoPerMillionth), ...said(pieceFields, nanoPerThousandth) },
    ...(longContext && { longContext }),
    ...(fastPercent !== undefined && { fastPercent }),
    ...(usOnlyPercent !== undefined && { usOnlyPercent }),
  };
}
