import type { CDPSession, Page } from 'playwright-core';

/** What something cost the page's main thread. */
export interface Cost {
  readonly frames: number;
  readonly framesPerSecond: number;
  /** Processor time, which other programs on the machine do not lengthen as they lengthen seconds. */
  readonly cpuMsPerFrame: number;
}

/** Scrolls down for a while, a good wheel turn each frame, as fast as frames come. */
export async function costOfScrolling(page: Page): Promise<Cost> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.evaluate(() => window.scrollTo(0, 0));
  const before = await taskMs(session);
  const { frames, ms } = await page.evaluate(async () => {
    const began = performance.now();
    let count = 0;
    while (performance.now() - began < 2_000) {
      await new Promise(requestAnimationFrame);
      window.scrollBy(0, 120);
      count += 1;
    }
    return { frames: count, ms: performance.now() - began };
  });
  const spent = (await taskMs(session)) - before;
  await session.detach();
  return { frames, framesPerSecond: (frames * 1_000) / ms, cpuMsPerFrame: spent / frames };
}

async function taskMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000;
}
