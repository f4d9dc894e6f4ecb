import type { Call, CallFilter } from '../../stores/calls.ts';

export type Status = Call['status'];

export const statuses = ['completed', 'aborted', 'failed'] as const satisfies readonly Status[];

/** What of the address says which calls are shown; the rest says which one is open. */
export const filterNames = ['text', 'status', 'account', 'key', 'session', 'since', 'before'] as const;
export type FilterName = (typeof filterNames)[number];

/** What the relay is asked for; the text is looked for among what came. */
export function readFilter(search: URLSearchParams): CallFilter {
  const status = statuses.find((one) => one === search.get('status'));
  const [account, key, session] = [search.get('account'), search.get('key'), search.get('session')];
  const [since, before] = [moment(search.get('since')), moment(search.get('before'))];
  return {
    ...(status && { status }),
    ...(account && { account }),
    ...(key && { key }),
    ...(session && { session }),
    ...(since !== undefined && { since }),
    ...(before !== undefined && { before }),
  };
}

function moment(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The filter alone, always written the same way. */
export function filterQuery(search: URLSearchParams): string {
  const query = new URLSearchParams();
  for (const name of filterNames) {
    const value = search.get(name);
    if (value) query.set(name, value);
  }
  return query.toString();
}

const dayMs = 86_400_000;

/** All calls of one conversation. Within two days, so that the relay need not look through years of calls. */
export function sessionQuery({ session, startedAt }: Pick<Call, 'session' | 'startedAt'>): string {
  const [since, before] = [String(Math.max(0, startedAt - dayMs)), String(startedAt + dayMs)];
  return new URLSearchParams({ session: session ?? '', since, before }).toString();
}
