import { QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Input, Output, RouteName } from '../../app/server/admin/contract.ts';
import { ApiFailure, callApi } from '../api/client.ts';
import { useFeed } from './feed.ts';
import { isSomebodyHere } from './presence.ts';
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

/** How often a page asks again while somebody sees it and no feed tells what is new. */
const refreshMs = 5_000;
/** The feed tells at once: only what it may have missed is looked for. */
const rareMs = 60_000;

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
  const isTold = useFeed((feed) => feed.isConnected);
  const found = useQuery({
    queryKey: [name, input],
    // A page that only looks on does not keep its session from locking.
    queryFn: () => watched(callApi(name, input, { isBackground: !isSomebodyHere() })),
    enabled: isWanted,
    refetchInterval: isTold && every !== false ? rareMs : every,
  });
  return {
    value: found.data,
    failure: found.error === null ? undefined : toFailure(found.error),
    loadedAt: found.dataUpdatedAt === 0 ? undefined : found.dataUpdatedAt,
    refresh: async () => void (await found.refetch()),
  };
}

/** Asked for once, for what does not change any more. */
export async function fetchApi<Name extends RouteName>(name: Name, input: Input<Name>): Promise<Output<Name>> {
  return await watched(callApi(name, input));
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

function isLoss(kind: ApiFailure['kind']): kind is 'signed-out' | 'locked' | 'waiting' {
  return kind === 'signed-out' || kind === 'locked' || kind === 'waiting';
}

async function watched<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiFailure && isLoss(error.kind)) useSession.getState().lost(error.kind);
    if (error instanceof ApiFailure && error.kind === 'forbidden') void useSession.getState().lookAgain();
    throw error;
  }
}

/** A defect of ours shows as a failure too. */
export function toFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure('unreadable', error instanceof Error ? error.message : String(error));
}
