import type { TFunction } from 'i18next';
import type { Output } from '../../app/server/admin/contract.ts';
import { formatSpan } from '../i18n/format.ts';

export type LimitWindow = NonNullable<Output<'listAccounts'>[number]['limits']>['windows'][number];

const counted = ['requests', 'tokens', 'input-tokens', 'output-tokens', 'credits'] as const;

/** What a window limits, in words: `5 hours`, `Requests · opus`. One that nobody knows keeps its upstream's name. */
export function windowLabel(
  { name, models, lengthMs }: Pick<LimitWindow, 'name' | 'models' | 'lengthMs'>,
  t: TFunction,
  language: string,
): string {
  const what = counted.find((known) => known === name);
  const parts = [
    ...(what === undefined ? [] : [t(`limits.of-${what}`)]),
    ...(lengthMs === undefined ? [] : [formatSpan(lengthMs, language)]),
  ];
  return [...(parts.length > 0 ? parts : [name]), ...(models ?? []).map(familyName)].join(' · ');
}

/** Patterns are for the relay: `*opus*` is opus. */
function familyName(pattern: string): string {
  return pattern.replaceAll('*', '').replace(/^-|-$/g, '') || pattern;
}
