import { QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Input, Output, RouteName } from '../../app/server/admin/contract.ts';
import { ApiFailure, callApi } from '../api/client.ts';
import { useSession } from './session.ts';

/** What a page needs to know of an answer. Old data stays visible while a newer answer is missing. */
export interface Answer<Value> {
  readonly value: Value | undefined;
  /** Why the last try failed; undefined when it did not. */
  readonly failure: ApiFailure | undefined;
  /** When `value` arrived, epoch milliseconds. */
  readonly loadedAt: number | undefined;
  refresh(): Promise<void>;
}

/** How often a page asks again while somebody sees it. */
const refreshMs = 5_000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: 1_000, refetchInterval: refreshMs, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});

export interface AskOptions {
  /** False while it is not needed yet. */
  readonly isWanted?: boolean;
  /** Milliseconds between two looks; false for what does not change by itself. */
  readonly every?: number | false;
}

/** One answer of the admin API, asked for by everybody at once and kept fresh. */
export function useApi<Name extends RouteName>(
  name: Name,
  input: Input<Name>,
  { isWanted = true, every = refreshMs }: AskOptions = {},
): Answer<Output<Name>> {
  const found = useQuery({
    queryKey: [name, input],
    queryFn: () => watched(callApi(name, input)),
    enabled: isWanted,
    refetchInterval: every,
  });
  return {
    value: found.data,
    failure: found.error === null ? undefined : toFailure(found.error),
    loadedAt: found.dataUpdatedAt === 0 ? undefined : found.dataUpdatedAt,
    refresh: async () => void (await found.refetch()),
  };
}

export interface Change<Name extends RouteName> {
  /** Rejects with an `ApiFailure`, which `failure` holds too. */
  run(input: Input<Name>): Promise<Output<Name>>;
  readonly isRunning: boolean;
  /** Of the last run. */
  readonly result: Output<Name> | undefined;
  readonly failure: ApiFailure | undefined;
  forget(): void;
}

/** Something that changes the relay; the answers it makes old are asked for again. */
export function useChange<Name extends RouteName>(name: Name, outdated: readonly RouteName[]): Change<Name> {
  const client = useQueryClient();
  const { mutateAsync, isPending, data, error, reset } = useMutation({
    mutationFn: (input: Input<Name>) => watched(callApi(name, input)),
    onSettled: () => Promise.all(outdated.map((route) => client.invalidateQueries({ queryKey: [route] }))),
  });
  return {
    run: mutateAsync,
    isRunning: isPending,
    result: data,
    failure: error === null ? undefined : toFailure(error),
    forget: reset,
  };
}

async function watched<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiFailure && error.kind === 'signed-out') useSession.getState().lost();
    throw error;
  }
}

/** A defect of ours shows as a failure too. */
function toFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure('unreadable', error instanceof Error ? error.message : String(error));
}
