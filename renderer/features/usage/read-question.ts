import type { Output } from '../../../app/server/admin/contract.ts';
import { mostToolDays } from '../../../app/server/admin/contract-usage.ts';
import { daysOf, type Range, readRange } from './range.ts';

/** What sums can be made by here; times have charts of their own. */
export const groups = ['model', 'account', 'key', 'member', 'project', 'tool'] as const;
export type Group = (typeof groups)[number];

export interface UsageQuestion {
  readonly range: Range;
  readonly by: Group;
  readonly per: Group | undefined;
  /** Ids: only what this key made, what keys of this member made, what this account served. */
  readonly key: string | undefined;
  readonly member: string | undefined;
  readonly account: string | undefined;
}

export type Sums = Output<'summarizeUsage'>[number];

/** The address is the question, so that it can be kept, shared and come back to. */
export function readQuestion(search: URLSearchParams, now: number): UsageQuestion {
  const range = readRange(search, now);
  const offered = groupsFor(range, now);
  const by = offered.find((name) => name === search.get('by')) ?? 'model';
  const per = offered.find((name) => name === search.get('per'));
  return {
    range,
    ...{ by, per: per === by ? undefined : per },
    key: search.get('key') ?? undefined,
    member: search.get('member') ?? undefined,
    account: search.get('account') ?? undefined,
  };
}

/** Tools are told from single calls, which are counted for a month at most. */
export function groupsFor(range: Range, now: number): readonly Group[] {
  return groups.filter((name) => name !== 'tool' || daysOf(range, now).length <= mostToolDays);
}
