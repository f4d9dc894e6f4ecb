import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import * as z from 'zod';
import { browserOfFile } from './browser.ts';
import { FakeAnthropic } from './fake-anthropic/fake-anthropic.ts';
import { RelayProcess } from './relay-process.ts';

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
  /** Variables of the relay's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Begins on new data as a person does; otherwise with the first run already left. */
  readonly isFirstRun?: boolean;
  /** Instead of one on new data. */
  readonly relay?: Promise<RelayProcess>;
}

/** So that new data opens on Home. */
export async function leaveFirstRun(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => localStorage.setItem('waystation.first-run', 'closed'));
}

/** Comes back when nothing of the page is still on its way. Not as one async question: an unfinished promise passes for a yes. */
export async function drawn(page: Page): Promise<void> {
  const isDrawn = () =>
    page.evaluate(async () => {
      for (let frames = 0; frames < 3; frames += 1) {
        await new Promise(requestAnimationFrame);
        if (document.querySelector('main .animate-pulse')) return false;
      }
      return true;
    });
  while (!(await isDrawn()));
}

/** The built page from the built relay in a real browser, signed in, in front of a fake upstream. */
export class AdminPage {
  readonly relay: RelayProcess;
  readonly upstream: FakeAnthropic;
  readonly page: Page;
  /** What the page complained of: errors, and what its own policy forbade. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  private constructor(made: Pick<AdminPage, 'relay' | 'upstream' | 'page'> & { context: BrowserContext }) {
    this.relay = made.relay;
    this.upstream = made.upstream;
    this.page = made.page;
    this.#context = made.context;
    this.page.on('pageerror', (error) => this.complaints.push(String(error)));
    this.page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async start(options: AdminPageOptions = {}): Promise<AdminPage> {
    const { theme = 'light', language = 'en-GB', width = 1440, env, relay: given, isFirstRun = false } = options;
    const [browser, relay, upstream] = await Promise.all([
      browserOfFile(),
      given ?? RelayProcess.start({ env: { HOME: '/nowhere', ...env } }),
      FakeAnthropic.start(),
    ]);
    const context = await browser.newContext({
      ...{ locale: language, colorScheme: theme, viewport: { width, height: 900 }, reducedMotion: 'reduce' },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    // Other tests run beside: what takes a second alone may take many.
    context.setDefaultTimeout(60_000);
    if (!isFirstRun) await leaveFirstRun(context);
    return new AdminPage({ relay, upstream, page: await context.newPage(), context });
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

  /** Goes there, and comes back when the page is drawn and shows what it had to wait for. */
  async show(path: string): Promise<void> {
    await this.go(path);
    const [page] = path.split('?');
    await this.page.locator(`nav a[aria-current="page"][href="#${page}"]`).first().waitFor();
    await this.page.locator('main :is(h1, h2)').first().waitFor();
    await drawn(this.page);
  }

  /** The same page in another light or window. */
  async look({ theme, width }: Required<Pick<AdminPageOptions, 'theme' | 'width'>>): Promise<void> {
    await this.page.setViewportSize({ width, height: 900 });
    await this.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  }

  /** Serious trouble for people who cannot see, or not well, or use no mouse; empty when there is none. */
  async barriers(page = this.page): Promise<string[]> {
    // As a script of the browser's, not of the page: its policy forbids to make code from text.
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} at ${JSON.stringify(target)}: ${failureSummary}`),
      );
  }

  /** Kept to be looked at. */
  async picture(name: string, page = this.page): Promise<void> {
    mkdirSync(artifacts, { recursive: true });
    await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true });
  }

  /** Whether the page is wider than its window. */
  async isCutOff(): Promise<boolean> {
    return await this.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await this.upstream.close();
    await this.relay[Symbol.asyncDispose]();
  }
}
