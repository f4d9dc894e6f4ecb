import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Feed } from './feed.ts';

test('who subscribes hears what comes, and nothing after the end', () => {
  const feed = new Feed<{ readonly id: number }>(3);
  const heard: number[] = [];
  feed.publish({ id: 1 });
  const stop = feed.subscribe(({ id }) => heard.push(id));
  feed.publish({ id: 2 });
  feed.publish({ id: 2 });
  feed.publish({ id: 1 });
  stop();
  feed.publish({ id: 3 });
  expect([heard, feed.last]).toEqual([[2], 3]);
});

test('who comes back gets exactly what was missed, or is told that some of it is gone', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 30 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 6 }), fc.nat(40), fc.nat(10), (gaps, kept, asked, begun) => {
      const feed = new Feed<{ readonly id: number }>(kept);
      feed.beginAfter(begun);
      let id = begun;
      const all = gaps.map((gap) => {
        id += gap;
        return { id };
      });
      for (const event of all) feed.publish(event);
      const { events, isWhole } = feed.after(asked);
      const missed = all.filter((event) => event.id > asked);
      expect(missed.slice(missed.length - events.length)).toEqual(events);
      expect(isWhole).toBe(asked >= begun && events.length === missed.length);
      expect(feed.last).toBe(id);
    }),
  );
});
