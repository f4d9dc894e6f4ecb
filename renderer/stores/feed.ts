import type { QueryClient } from '@tanstack/react-query';
import { create } from 'zustand';
import { type Output, type RouteName, routes } from '../../app/server/admin/contract.ts';
import type { FeedEvent } from '../../app/server/admin/contract-live.ts';
import { type HeardEvent, listenToFeed } from '../api/events.ts';
import { useSession } from './session.ts';

type Account = Output<'listAccounts'>[number];
type Finished = Extract<FeedEvent<'call'>, { readonly durationMs: number }>;

/** A call that has ended, as the feed told of it. */
export interface EndedCall extends Finished {
  readonly endedAt: number;
}

interface Feed {
  /** False: pages ask again every few seconds. */
  readonly isConnected: boolean;
  /** Of the last minute. */
  readonly ended: readonly EndedCall[];
}

const keptMs = 60_000;
/** Nothing on a page changes more often. */
const refreshMs = 1_000;

export const useFeed = create<Feed>(() => ({ isConnected: false, ended: [] }));

const routeNames = Object.keys(routes).filter(isRouteName);
/** What a call that ends makes old. */
const ofCalls: readonly RouteName[] = [
  'listCalls',
  'listUsage',
  'showToday',
  'summarizeUsage',
  'status',
  'listRunningCalls',
  'listKeys',
  'listKeyDevices',
  'memberStandings',
  'showCapture',
  'listConnections',
];
/** What says something of many things at once. */
const summaries: readonly RouteName[] = ['status', 'listAttention'];

/** Keeps every answer that pages show as new as the relay's own, until the answer is called. */
export function followFeed(queries: QueryClient): () => void {
  const outdated = new Set<RouteName>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = () => {
    timer = undefined;
    for (const name of outdated) void queries.invalidateQueries({ queryKey: [name] });
    outdated.clear();
  };
  const mark = (names: readonly RouteName[]) => {
    for (const name of names) outdated.add(name);
    timer ??= setTimeout(refresh, refreshMs);
  };
  const leave = listenToFeed({
    hear: (heard) => apply(heard, queries, mark),
    connected(isConnected) {
      if (isConnected === useFeed.getState().isConnected) return;
      useFeed.setState({ isConnected });
      // Whether the relay is still there is the first thing to know.
      if (!isConnected) void queries.invalidateQueries({ queryKey: ['status'] });
    },
  });
  return () => {
    clearTimeout(timer);
    leave();
  };
}

type Mark = (names: readonly RouteName[]) => void;

function apply(heard: HeardEvent, queries: QueryClient, mark: Mark): void {
  patch(heard, queries);
  if (heard.name === 'reset') useFeed.setState({ ended: [] });
  if (heard.name === 'call' && isEnded(heard.event)) keep(heard.event);
  if (heard.name === 'ended') useSession.getState().lost(heard.event.reason);
  else mark(outdatedBy(heard));
}

/** What the event itself says is shown before anything is asked. */
function patch(heard: HeardEvent, queries: QueryClient): void {
  if (heard.name === 'account') patchAccount(queries, heard.event.accountId, { state: heard.event.state });
  if (heard.name === 'limits') patchAccount(queries, heard.event.accountId, { limits: heard.event.limits });
  if (heard.name !== 'relay') return;
  const { state } = heard.event;
  queries.setQueryData<Output<'status'>>(['status', {}], (status) => status && { ...status, state });
}

function outdatedBy(heard: Exclude<HeardEvent, { readonly name: 'ended' }>): readonly RouteName[] {
  switch (heard.name) {
    case 'hello':
    case 'limits':
      return [];
    case 'reset':
      return routeNames;
    case 'call':
      return isEnded(heard.event) ? ofCalls : ['status', 'listRunningCalls'];
    case 'calls-skipped':
      return ofCalls;
    case 'account':
      return [...readersOf('accounts'), ...summaries];
    case 'changed':
      return [...readersOf(heard.event.resource), ...summaries];
    case 'alert':
      return ['listAttention', ...readersOf('alerts')];
    case 'relay':
      return ['status'];
  }
}

function isEnded(call: FeedEvent<'call'>): call is Finished {
  return 'durationMs' in call;
}

function keep(call: Finished): void {
  const now = Date.now();
  const young = useFeed.getState().ended.filter(({ endedAt }) => endedAt > now - keptMs);
  useFeed.setState({ ended: [...young, { ...call, endedAt: now }] });
}

function patchAccount(queries: QueryClient, id: string, fields: Partial<Account>): void {
  queries.setQueryData<Output<'listAccounts'>>(['listAccounts', {}], (accounts) =>
    accounts?.map((account) => (account.id === id ? { ...account, ...fields } : account)),
  );
}

/** The questions whose paths begin with the resource. */
function readersOf(resource: string): readonly RouteName[] {
  return routeNames.filter((name) => routes[name].method === 'GET' && routes[name].path.split('/')[1] === resource);
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(routes, name);
}
