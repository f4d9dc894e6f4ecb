import { useEffect, useState } from 'react';
import type { Input, Output } from '../../app/server/admin/contract.ts';
import { type Answer, fetchApi, useApi } from './api.ts';

type Page = Output<'listCalls'>;
export type Call = Page['calls'][number];
export type CallFilter = Pick<Input<'listCalls'>, 'status' | 'account' | 'key' | 'session' | 'since' | 'before'>;

/** The calls that are known, without a gap between them. */
interface Known {
  readonly calls: readonly Call[];
  /** Where older ones begin; null when there are none. */
  readonly next: string | null;
}

export interface Calls extends Answer<readonly Call[]> {
  readonly hasOlder: boolean;
  loadOlder(): Promise<void>;
}

const pageSize = 100;
const olderSize = 500;
const refreshMs = 2_000;

/** Calls as they end, the newest first, and older ones page by page. One filter for the life of the component. */
export function useCalls(filter: CallFilter, { isPaused }: { readonly isPaused: boolean }): Calls {
  const head = useApi('listCalls', { limit: pageSize, ...filter }, { every: refreshMs, isWanted: !isPaused });
  const [known, setKnown] = useState<Known>();
  const { value } = head;
  useEffect(() => {
    if (value && !isPaused) setKnown((before) => withNewest(before, value));
  }, [value, isPaused]);
  return {
    ...head,
    value: known?.calls ?? value?.calls,
    hasOlder: typeof known?.next === 'string',
    async loadOlder() {
      if (typeof known?.next !== 'string') return;
      const older = await fetchApi('listCalls', { limit: olderSize, cursor: known.next, ...filter });
      setKnown((before) => before && withOlder(before, older));
    },
  };
}

/** Begins anew when so many came that it does not reach what is known. */
export function withNewest(known: Known | undefined, newest: Page): Known {
  const ids = new Set(newest.calls.map(({ requestId }) => requestId));
  const meets = known?.calls.some(({ requestId }) => ids.has(requestId));
  if (!known || (!meets && newest.next !== null)) return newest;
  return { calls: [...newest.calls, ...known.calls.filter(({ requestId }) => !ids.has(requestId))], next: known.next };
}

/** Two answers to one question count once. */
export function withOlder(known: Known, older: Page): Known {
  const ids = new Set(known.calls.map(({ requestId }) => requestId));
  return { calls: [...known.calls, ...older.calls.filter(({ requestId }) => !ids.has(requestId))], next: older.next };
}
