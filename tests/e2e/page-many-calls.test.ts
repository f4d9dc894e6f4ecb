import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../app/store/open.ts';
import { AdminPage, chromiumPath } from '../support/admin-page.ts';
import { fillWithCalls } from '../support/many-calls.ts';
import { suiteThatNeeds } from '../support/required.ts';

const count = 100_000;

suiteThatNeeds(chromiumPath ? undefined : 'no Chromium on the PATH', 'Live with 100,000 calls', () => {
  test('opens with three requests, draws only what is seen, and goes on to older calls by scrolling', async () => {
    await using at = await AdminPage.start();
    const store = await openStore({ engine: 'sqlite', file: join(at.relay.dataDir, 'waystation.sqlite') });
    await fillWithCalls(store, { from: Date.now() - count * 60_000, count });
    // As long as real ones: a cursor takes no more.
    await store.write([{ sql: "update usage set request_id = 'req_' || rowid", parameters: [] }]);
    await store.close();
    await at.signIn('/keys');
    await at.page.getByRole('heading', { level: 1 }).waitFor();
    const asked: string[] = [];
    at.page.on('request', (request) => {
      if (request.url().includes('/admin/api/')) asked.push(new URL(request.url()).pathname);
    });
    // Measured in the page itself: the driver has delays of its own.
    const drawnMs = at.page.evaluate(async () => {
      while (document.querySelectorAll('tbody tr').length < 20) await new Promise(requestAnimationFrame);
      const drawnAt = performance.now();
      const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
      return drawnAt - (entries.find(({ name }) => name.includes('/admin/api/calls'))?.responseEnd ?? 0);
    });
    await at.go('/live');
    expect(await drawnMs).toBeLessThan(300);
    expect(asked.length, asked.join()).toBeLessThanOrEqual(3);
    const shown = async () => {
      const text = await at.page.getByText(/^[\d,]+ shown$/).innerText();
      return Number(text.replace(/\D/g, ''));
    };
    for (const least of [600, 1_100, 1_600]) {
      await at.page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
      await expect.poll(shown, { timeout: 10_000 }).toBeGreaterThanOrEqual(least);
    }
    expect(await at.page.getByRole('row').count()).toBeLessThan(100);
    const framesPerSecond = await at.page.evaluate(async () => {
      window.scrollTo(0, 0);
      const began = performance.now();
      let frames = 0;
      while (performance.now() - began < 2_000) {
        await new Promise(requestAnimationFrame);
        window.scrollBy(0, 120);
        frames += 1;
      }
      return (frames * 1_000) / (performance.now() - began);
    });
    // The aim is 50 on a machine with nothing else to do; other tests may run beside this one.
    expect(framesPerSecond).toBeGreaterThan(20);
    await at.picture('many calls light, English, wide');
    expect(at.complaints).toEqual([]);
  });
});
