import { createServer, type Server } from 'node:http';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { adminRoot, type Route, requestFor, routes } from '../../app/server/admin/contract.ts';
import { findChromium } from '../support/electron/driver.ts';
import { RelayProcess } from '../support/relay-process.ts';
import { suiteThatNeeds } from '../support/required.ts';

const executablePath = findChromium();
const opened = z.object({ url: z.string() });
const everyRoute: readonly Route[] = Object.values(routes);

/** What most browsers make of a refusal without a body; others make an empty page. */
function hadNothingToShow(error: Error): undefined {
  expect(error.message).toContain('ERR_HTTP_RESPONSE_CODE_FAILURE');
}

/** What other pages can do to a browser that is signed in, tried in a real one. */
suiteThatNeeds(executablePath ? undefined : 'no Chromium on the PATH', 'foreign pages in a signed-in browser', () => {
  let browser: Browser;
  let relay: RelayProcess;
  let context: BrowserContext;
  let foreign: Server;
  let foreignUrl: string;

  beforeAll(async () => {
    const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const args = [...root, '--host-resolver-rules=MAP evil.example 127.0.0.1'];
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args });
    foreign = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>elsewhere</p>'));
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    const address = foreign.address();
    foreignUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  });
  afterAll(async () => {
    await browser.close();
    foreign.close();
  });
  beforeEach(async () => {
    relay = await RelayProcess.start();
    context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(opened.parse(await relay.json(['open'])).url);
    await page.getByRole('navigation').waitFor();
  });
  afterEach(async () => {
    await context.close();
    await relay[Symbol.asyncDispose]();
  });

  /** Everything that can be written to, as a page could name it. */
  const mutations = everyRoute
    .filter(({ method }) => method !== 'GET')
    .map((route) => requestFor({ ...route, path: route.path.replace(/:\w+/g, 'x') }, {}));

  test('B02 rebind-real-browser: a name that now leads here reads nothing of the admin API', async () => {
    const page = await context.newPage();
    const { port } = new URL(relay.url);
    const paths = everyRoute.filter(({ method, path }) => method === 'GET' && !path.includes(':'));
    for (const path of ['/admin/', ...paths.map((route) => adminRoot + route.path)]) {
      const response = await page.goto(`http://evil.example:${port}${path}`).catch(hadNothingToShow);
      if (response) expect([response.status(), await response.text()]).toEqual([421, '']);
    }
  });

  test('B05 csrf-simple-post: what another page posts in plain text changes nothing', async () => {
    const page = await context.newPage();
    await page.goto(foreignUrl);
    const before = await relay.json(['key', 'list']);
    const targets = mutations.map(({ path }) => relay.url + path);
    await page.evaluate(async (urls) => {
      for (const url of urls) {
        const body = '{"name":"evil"}';
        await fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body }).catch(() => undefined);
      }
    }, targets);
    expect(await relay.json(['key', 'list'])).toEqual(before);
    expect(await relay.json(['audit', 'list'])).toMatchObject({ entries: [] });
  });

  test('B10 clickjack-csp: the pages cannot be framed, and run neither inline script nor eval', async () => {
    const page = await context.newPage();
    await page.goto(foreignUrl);
    await page.evaluate(async (url) => {
      const frame = Object.assign(document.createElement('iframe'), { src: url });
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      document.body.append(frame);
      await loaded;
    }, `${relay.url}/admin/`);
    const frame = page.frames().find((one) => one !== page.mainFrame());
    expect(frame?.url()).toMatch(/^chrome-error:/);
    const own = await context.newPage();
    await own.goto(`${relay.url}/admin/`);
    const ran = await own.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "injected"';
      document.head.append(script);
      // Inside the page's own policy: the evaluation of a test is not held to it.
      const isEvalBlocked = await new Promise((resolve) => {
        addEventListener('securitypolicyviolation', ({ blockedURI }) => resolve(blockedURI), { once: true });
        setTimeout(() => resolve('nothing was blocked'), 2_000);
      });
      return [document.title, isEvalBlocked];
    });
    expect(ran).toEqual([expect.not.stringContaining('injected'), 'inline']);
    const { headers } = await fetch(`${relay.url}/admin/`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-(inline|eval)/);
  });
});
