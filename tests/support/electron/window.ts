import { EventEmitter } from 'node:events';
import type Electron from 'electron';
import type { CDPSession, Page } from 'playwright-core';
import { app, appDouble, type ClosableWindow } from './app.ts';
import { browserContext } from './chromium.ts';
import { DoubleEvent, onlyModelled } from './not-modelled.ts';
import { runPreload } from './preload.ts';
import { grantAsAsked } from './session.ts';

type OpenHandler = (details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse;

/** `webContents` on a page of a real Chromium. */
class WebContentsDouble extends EventEmitter {
  readonly #opened: Promise<{ readonly page: Page; readonly devTools: CDPSession }>;
  readonly #preferences: Electron.WebPreferences;
  #url = '';
  #isLoading = false;
  #openHandler: OpenHandler | undefined;

  constructor(preferences: Electron.WebPreferences) {
    super();
    this.#preferences = preferences;
    this.#opened = this.#open();
  }

  getURL(): string {
    return this.#url;
  }

  getLastWebPreferences(): Electron.WebPreferences {
    return this.#preferences;
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }

  async load(url: string): Promise<void> {
    const { page, devTools } = await this.#opened;
    await grantAsAsked(devTools, new URL(url).origin);
    this.#isLoading = true;
    await page.goto(url, { waitUntil: 'load' }).finally(() => {
      this.#isLoading = false;
    });
  }

  reload(): void {
    void this.#opened.then(({ page }) => page.reload());
  }

  async toFront(): Promise<void> {
    await (await this.#opened).page.bringToFront();
  }

  async close(): Promise<void> {
    await (await this.#opened).page.close();
  }

  async #open() {
    const context = await browserContext();
    const page = await context.newPage();
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) this.#url = frame.url();
    });
    page.on('close', () => this.emit('destroyed'));
    page.on('popup', (popup) => void popup.close());
    const devTools = await context.newCDPSession(page);
    devTools.on('Page.windowOpen', ({ url, windowName }) => this.#windowOpen(url, windowName));
    await devTools.send('Page.enable');
    await this.#watchNavigation(devTools);
    if (this.#preferences.preload) await runPreload(devTools, this.#preferences.preload, this);
    return { page, devTools };
  }

  /** A page that leaves by itself is asked about first; `loadURL` is not. Only documents wait: the rest keeps its cache. */
  async #watchNavigation(devTools: CDPSession): Promise<void> {
    const { frameTree } = await devTools.send('Page.getFrameTree');
    devTools.on('Fetch.requestPaused', ({ requestId, request, frameId, redirectedRequestId }) => {
      const isMain = frameId === frameTree.frame.id;
      const event = Object.assign(new DoubleEvent(), { url: request.url, isMainFrame: isMain });
      if (isMain && !this.#isLoading && !redirectedRequestId) this.emit('will-navigate', event, event.url);
      const decided = event.defaultPrevented
        ? devTools.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' })
        : devTools.send('Fetch.continueRequest', { requestId });
      // The page may be gone by now.
      decided.catch(() => undefined);
    });
    await devTools.send('Fetch.enable', { patterns: [{ resourceType: 'Document' }] });
  }

  #windowOpen(url: string, frameName: string): void {
    if (!this.#openHandler) throw new Error('A page opened a window and nobody decides about that');
    const details = {
      url,
      frameName,
      features: '',
      disposition: 'foreground-tab',
      referrer: { url: '', policy: 'no-referrer' },
    } as const;
    const { action } = this.#openHandler(details);
    if (action !== 'deny') throw new Error('Windows opened by a page are not modelled by the Electron double');
  }
}

/** `BrowserWindow`: refuses what no window of ours may ever be. */
export class BrowserWindow extends EventEmitter implements ClosableWindow {
  static getAllWindows(): BrowserWindow[] {
    return [...appDouble.windows].filter((window) => window instanceof BrowserWindow);
  }

  readonly webContents;
  readonly #contents: WebContentsDouble;
  #isVisible = true;
  #isMinimized = false;
  #isFocused = true;
  #isDestroyed = false;

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    const preferences = options.webPreferences ?? {};
    const { sandbox, contextIsolation, nodeIntegration } = preferences;
    if (!app.isReady()) throw new Error('A window needs a ready app');
    if (sandbox !== true || contextIsolation !== true || nodeIntegration !== false) {
      throw new Error('A window without sandbox and context isolation');
    }
    this.#contents = new WebContentsDouble(preferences);
    this.webContents = onlyModelled('webContents', this.#contents);
    this.#contents.once('destroyed', () => this.#gone());
    appDouble.windows.add(this);
    appDouble.emit('web-contents-created', new DoubleEvent(), this.webContents);
  }

  async loadURL(url: string): Promise<void> {
    await this.#contents.load(url);
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  isMinimized(): boolean {
    return this.#isMinimized;
  }

  minimize(): void {
    this.#isMinimized = true;
    this.#isFocused = false;
  }

  restore(): void {
    this.#isMinimized = false;
  }

  hide(): void {
    this.#isVisible = false;
    this.#isFocused = false;
  }

  isVisible(): boolean {
    return this.#isVisible && !this.#isMinimized;
  }

  /** Asks nobody. */
  destroy(): void {
    void this.#contents.close();
  }

  show(): void {
    this.#isVisible = true;
    void this.#contents.toFront();
  }

  focus(): void {
    this.#isFocused = !this.#isMinimized;
  }

  isFocused(): boolean {
    return this.#isFocused;
  }

  close(): void {
    void this.closeAsAsked();
  }

  async closeAsAsked(): Promise<boolean> {
    const event = new DoubleEvent();
    this.emit('close', event);
    if (event.defaultPrevented) return false;
    await this.#contents.close();
    return true;
  }

  #gone(): void {
    this.#isDestroyed = true;
    this.emit('closed');
    appDouble.windowClosed(this);
  }
}
