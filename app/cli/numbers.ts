const grouped = new Intl.NumberFormat('en-US');

export function count(number: number): string {
  return grouped.format(number);
}

export function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** In decimal units, as systems show the sizes of files. */
export function bytes(number: number): string {
  if (number < 1_000) return `${number} B`;
  if (number < 1_000_000) return `${(number / 1_000).toFixed(1)} kB`;
  return `${(number / 1_000_000).toFixed(1)} MB`;
}

/**
 * Two decimals from a dollar on, below it at least four and always two digits that are not zero. Rounded by `Intl`, as on the
 * pages: a number's own `toFixed` rounds its binary fraction, so that the two would differ in the last digit.
 */
export function money(nanoUsd: number | null): string {
  if (nanoUsd === null) return 'price unknown';
  const usd = nanoUsd / 1e9;
  if (usd === 0) return '$0';
  const digits = usd >= 1 ? 2 : Math.min(9, Math.max(4, 1 - Math.floor(Math.log10(usd))));
  const format = new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `$${format.format(usd)}`;
}

/** A token's price for a million of them, whole: a thousandth of a dollar is the least. */
export function perMillion(nanoUsd: number): string {
  const format = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 3 });
  return `$${format.format(nanoUsd / 1_000)}`;
}

/** For tables: exact below ten thousand, then `12.3k`, `1.23M`. */
export function compact(number: number): string {
  if (number < 10_000) return count(number);
  if (number < 999_500) return `${(number / 1_000).toFixed(number < 99_950 ? 1 : 0)}k`;
  return `${(number / 1_000_000).toFixed(number < 9_995_000 ? 2 : 1)}M`;
}
