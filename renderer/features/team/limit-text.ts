import type { TFunction } from 'i18next';
import { formatCost, formatCount } from '../../i18n/format.ts';
import { type KeyLimit, timeOf } from './limit-draft.ts';

interface Words {
  readonly t: TFunction;
  readonly language: string;
}

/** What a limit is of and in which time, without its amount. */
export function limitName(
  { measure, window, models = [] }: Pick<KeyLimit, 'measure' | 'window' | 'models'>,
  t: TFunction,
): string {
  const about = models.length === 0 ? '' : ` (${models.join(', ')})`;
  return `${t('limits.whatWhen', { what: t(`limits.measure-${measure}`), when: timeText(window, t) })}${about}`;
}

/** A limit in few words: `$5.00 a day`, `10 calls a minute (claude-*)`. */
export function limitText({ measure, amount, window, models = [] }: KeyLimit, { t, language }: Words): string {
  const count = measure === 'cost' ? formatCost(amount, language) : formatCount(amount, language);
  const what = t(`limits.count-${measure}`, { amount: count });
  const about = models.length === 0 ? '' : ` (${models.join(', ')})`;
  return `${t('limits.whatWhen', { what, when: timeText(window, t) })}${about}`;
}

function timeText(window: KeyLimit['window'], t: TFunction): string {
  const time = timeOf(window);
  if (time === 'kept' && window.kind === 'rolling') return t('limits.minutes', { count: window.lengthMs / 60_000 });
  return t(`limits.time-${time}`);
}
