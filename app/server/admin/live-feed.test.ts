import { expect, test } from 'vitest';
import type { Clock } from '../../domain/clock.ts';
import { type FeedMessage, LiveFeed } from './live-feed.ts';

class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; run(): void }>();
  now() {
    return this.#now;
  }
  monotonic() {
    return this.#now;
  }
  after(delayMs: number, run: () => void) {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
  pass(ms: number) {
    this.#now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now || !this.#timers.delete(timer)) continue;
      timer.run();
    }
  }
}

function start() {
  const clock = new FakeClock();
  return { clock, feed: new LiveFeed({ clock, version: '1' }) };
}

function listen(feed: LiveFeed, lastEventId?: string) {
  const heard: FeedMessage[] = [];
  let isClosed = false;
  const leave = feed.listen(
    {
      receive: (messages) => heard.push(...messages),
      close: () => {
        isClosed = true;
      },
    },
    lastEventId,
  );
  return { heard, leave: leave ?? (() => undefined), isIn: leave !== undefined, closed: () => isClosed };
}

const names = (messages: readonly FeedMessage[]) => messages.map(({ name }) => name);

test('nothing is kept and nothing waits while nobody listens', () => {
  const { clock, feed } = start();
  feed.tell('changed', 'keys', { resource: 'keys' });
  feed.tellLater('changed', 'late', () => {
    throw new Error('nobody wanted to know');
  });
  clock.pass(1_000);
  expect(feed.isHeard).toBe(false);
  expect(names(listen(feed).heard)).toEqual(['hello']);
});

test('what happens to one subject in a moment is told once, as it is then', () => {
  const { clock, feed } = start();
  const { heard } = listen(feed);
  for (let count = 0; count < 50; count += 1) feed.tell('changed', 'keys', { resource: 'keys' });
  feed.tell('changed', 'accounts', { resource: 'accounts' });
  expect(names(heard)).toEqual(['hello']);
  clock.pass(200);
  expect(heard.slice(1).map(({ data }) => data)).toEqual([{ resource: 'keys' }, { resource: 'accounts' }]);
});

const call = {
  phase: 'admitted' as const,
  ...{ startedAt: 0, keyId: 'key_1', protocol: 'anthropic', route: 'messages', model: 'm' },
  ...{ accountId: null, attempts: 0, firstByteMs: null },
};

test('more calls than anybody can read are counted instead of told', () => {
  const { clock, feed } = start();
  const { heard } = listen(feed);
  for (let count = 0; count < 250; count += 1)
    feed.tell('call', `req_${count}`, { ...call, requestId: `req_${count}` });
  clock.pass(200);
  expect(names(heard).filter((name) => name === 'call')).toHaveLength(100);
  expect(heard.at(-1)).toMatchObject({ name: 'calls-skipped', data: { count: 150 } });
  feed.tell('call', 'req_later', { ...call, requestId: 'req_later' });
  clock.pass(200);
  expect(heard.at(-1)).toMatchObject({ name: 'call', data: { requestId: 'req_later' } });
});

test('who was cut off misses nothing when it comes back soon', () => {
  const { clock, feed } = start();
  const first = listen(feed);
  feed.tell('changed', 'keys', { resource: 'keys' });
  clock.pass(200);
  const last = first.heard.at(-1)?.id;
  first.leave();
  feed.tell('changed', 'groups', { resource: 'groups' });
  clock.pass(200);
  const again = listen(feed, last);
  expect(again.heard).toMatchObject([{ name: 'changed', data: { resource: 'groups' } }, { name: 'hello' }]);
  feed.tell('changed', 'models', { resource: 'models' });
  clock.pass(200);
  expect(again.heard.at(-1)).toMatchObject({ data: { resource: 'models' } });
});

test('who comes back too late, from before a restart or from nowhere begins anew', () => {
  const { clock, feed } = start();
  const first = listen(feed);
  const [hello] = first.heard;
  for (let round = 0; round < 2_100; round += 1) {
    feed.tell('changed', `${round}`, { resource: 'keys' });
    clock.pass(200);
  }
  expect(names(listen(feed, hello?.id).heard)).toEqual(['reset', 'hello']);
  expect(names(listen(feed, 'elsewhen-7').heard)).toEqual(['reset', 'hello']);
  expect(names(listen(feed, 'nonsense').heard)).toEqual(['reset', 'hello']);
});

test('a minute after the last one left nothing is kept any more', () => {
  const { clock, feed } = start();
  const first = listen(feed);
  const last = first.heard.at(-1)?.id;
  first.leave();
  clock.pass(60_000);
  expect(feed.isHeard).toBe(false);
  feed.tell('changed', 'keys', { resource: 'keys' });
  expect(names(listen(feed, last).heard)).toEqual(['reset', 'hello']);
});

test('there is a limit to how many listen, and closing ends them all', () => {
  const { feed } = start();
  const all = Array.from({ length: 33 }, () => listen(feed));
  expect(all.map(({ isIn }) => isIn).lastIndexOf(true)).toBe(31);
  all[0]?.leave();
  expect(listen(feed).isIn).toBe(true);
  feed.close();
  expect(all.filter(({ closed }) => closed())).toHaveLength(31);
  expect(feed.isHeard).toBe(false);
});
