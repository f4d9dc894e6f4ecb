import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import * as z from 'zod';
import { findChromium } from './electron/driver.ts';
import { FakeAnthropic } from './fake-anthropic/fake-anthropic.ts';
import { RelayProcess } from './relay-process.ts';

export const chromiumPath = findChromium();

const opened = z.object({ url: z.string() });
const artifacts = join(import.meta.dirname, '..', '.artifacts', 'pages');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export type Theme = 'light' | 'dark';

/** The part of axe's answer that is read. */
interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact?: string | null;
    readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
  }[];
}

export interface AdminPageOptions {
  readonly theme?: Theme;
  /** A tag that the page has, such as `ja`. */
  readonly language?: string;
  readonly width?: number;
}

/** The built page from the built relay in a real browser, signed in, in front of a fake upstream. */
export class AdminPage {
  readonly relay: RelayProcess;
  readonly upstream: FakeAnthropic;
  readonly page: Page;
  /** What the page complained of: errors, and what its own policy forbade. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #context: BrowserContext;

  private constructor(
    made: Pick<AdminPage, 'relay' | 'upstream' | 'page'> & { browser: Browser; context: BrowserContext },
  ) {
    this.relay = made.relay;
    this.upstream = made.upstream;
    this.page = made.page;
    this.#browser = made.browser;
    this.#context = made.context;
    this.page.on('pageerror', (error) => this.complaints.push(String(error)));
    this.page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async start({ theme = 'light', language = 'en-GB', width = 1440 }: AdminPageOptions = {}): Promise<AdminPage> {
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const browser = await chromium.launch({ ...(chromiumPath && { executablePath: chromiumPath }), args });
    const [relay, upstream] = await Promise.all([RelayProcess.start(), FakeAnthropic.start()]);
    const context = await browser.newContext({
      ...{ locale: language, colorScheme: theme, viewport: { width, height: 900 }, reducedMotion: 'reduce' },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    return new AdminPage({ relay, upstream, page: await context.newPage(), browser, context });
  }

  async signIn(path = '/'): Promise<void> {
    const { url } = opened.parse(await this.relay.json(['open']));
    await this.page.goto(url);
    await this.page.getByRole('navigation').waitFor();
    if (path !== '/') await this.go(path);
  }

  /** Without loading the page anew, as a click would. */
  async go(path: string): Promise<void> {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, path);
  }

  /** Serious trouble for people who cannot see, or not well, or use no mouse; empty when there is none. */
  async barriers(): Promise<string[]> {
    // As a script of the browser's, not of the page: its policy forbids to make code from text.
    await this.page.evaluate(axeSource);
    const { violations } = await this.page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} at ${JSON.stringify(target)}: ${failureSummary}`),
      );
  }

  /** Kept to be looked at. */
  async picture(name: string): Promise<void> {
    mkdirSync(artifacts, { recursive: true });
    await this.page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true });
  }

  /** Whether the page is wider than its window. */
  async isCutOff(): Promise<boolean> {
    return await this.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await this.#browser.close();
    await this.upstream.close();
    await this.relay[Symbol.asyncDispose]();
  }
}
