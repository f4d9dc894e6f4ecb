import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followFeed, useFeed } from './feed.ts';
import { useSession } from './session.ts';

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static all: FakeSource[] = [];
  readyState = 1;
  onerror: () => void = () => undefined;
  constructor(url: string) {
    super();
    this.url = url;
    FakeSource.all.push(this);
  }
  readonly url: string;
  tell(name: string, data: unknown): void {
    const event = new Event(name);
    Object.defineProperty(event, 'data', { value: JSON.stringify(data) });
    this.dispatchEvent(event);
  }
  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror();
  }
  close(): void {
    this.readyState = FakeSource.CLOSED;
  }
}

let queries: QueryClient;
let leave: () => void;
const asked = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeSource);
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  FakeSource.all = [];
  asked.mockReset();
  queries = new QueryClient();
  vi.spyOn(queries, 'invalidateQueries').mockImplementation(async (filter) => asked(filter?.queryKey?.[0]));
  useSession.setState({ phase: 'signed-in' });
  leave = followFeed(queries);
});
afterEach(() => {
  leave();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const source = () => FakeSource.all.at(-1) ?? expect.fail('nobody listens');

function refreshed(): unknown[] {
  vi.advanceTimersByTime(1_000);
  return asked.mock.calls.map(([name]) => name).sort();
}

test('it listens at the address of the contract, and counts as connected once the relay says hello', () => {
  expect(source().url).toBe('/admin/api/events');
  expect(useFeed.getState().isConnected).toBe(false);
  source().tell('hello', { version: '1' });
  expect(useFeed.getState().isConnected).toBe(true);
});

test('what changed is asked for again once, however often it changed within a second', () => {
  source().tell('hello', { version: '1' });
  for (let times = 0; times < 20; times += 1) source().tell('changed', { resource: 'keys' });
  const names = refreshed();
  expect(names).toEqual(expect.arrayContaining(['listKeys', 'status', 'listAttention']));
  expect(names).toEqual([...new Set(names)]);
  expect(names).not.toContain('listAccounts');
});

test('the new state of an account is shown before anything is asked', () => {
  queries.setQueryData(
    ['listAccounts', {}],
    [
      { id: 'a', state: 'active' },
      { id: 'b', state: 'active' },
    ],
  );
  source().tell('account', { accountId: 'b', state: 'needs-sign-in', reason: 'The sign-in ended.' });
  expect(queries.getQueryData(['listAccounts', {}])).toEqual([
    { id: 'a', state: 'active' },
    { id: 'b', state: 'needs-sign-in' },
  ]);
});

test('an event that this page does not understand changes nothing', () => {
  source().tell('account', { accountId: 7 });
  expect(refreshed()).toEqual([]);
});

test('calls that end are kept for a minute', () => {
  const call = {
    ...{ requestId: 'r', phase: 'completed', startedAt: 1, keyId: 'k', protocol: 'anthropic', route: 'messages' },
    ...{ model: 'm', accountId: null, attempts: 1, firstByteMs: 5, durationMs: 9, httpStatus: 200, errorKind: null },
    ...{ inputTokens: 1, outputTokens: 2, cacheReadTokens: 0 },
  };
  source().tell('call', call);
  vi.advanceTimersByTime(61_000);
  source().tell('call', { ...call, requestId: 'later' });
  expect(useFeed.getState().ended.map(({ requestId }) => requestId)).toEqual(['later']);
});

test('a stream that is refused for good is opened anew later, and what was missed is asked for', () => {
  source().tell('hello', { version: '1' });
  source().fail(FakeSource.CLOSED);
  expect(useFeed.getState().isConnected).toBe(false);
  asked.mockReset();
  vi.advanceTimersByTime(15_000);
  expect(FakeSource.all).toHaveLength(2);
  source().tell('hello', { version: '1' });
  expect(refreshed()).toEqual(expect.arrayContaining(['listKeys', 'listAccounts', 'listUsage']));
});

test('a broken connection is left to the browser, which knows where it was', () => {
  source().tell('hello', { version: '1' });
  source().fail(0);
  vi.advanceTimersByTime(60_000);
  expect(FakeSource.all).toHaveLength(1);
  expect(useFeed.getState().isConnected).toBe(false);
});

test.each(['locked', 'signed-out'] as const)('a session that is %s leaves the pages at once', (reason) => {
  source().tell('ended', { reason });
  expect(useSession.getState().phase).toBe(reason);
});
