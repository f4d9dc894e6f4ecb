import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BrowserContext, chromium } from 'playwright-core';
import { profileFolder } from './app.ts';
import { killBrowser } from './kill-browser.ts';
import { driverConnected } from './messages.ts';

let context: Promise<BrowserContext> | undefined;

/** The real browser behind the windows; started for the first one. */
export function browserContext(): Promise<BrowserContext> {
  context ??= startBrowser();
  return context;
}

async function startBrowser(): Promise<BrowserContext> {
  const executable = process.env['ELECTRON_DOUBLE_CHROMIUM'];
  if (!executable) throw new Error('ELECTRON_DOUBLE_CHROMIUM names no browser');
  // A group of its own: on Debian `chromium` is a script, and killing the script leaves the browser.
  const browser = spawn(executable, chromiumArguments(), { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  process.once('exit', () => killBrowser(browser.pid));
  // At once: an app that is killed before it can be used leaves it to the driver.
  process.send?.({ kind: 'browser-started', browserPid: browser.pid });
  const endpoint = await endpointOf(browser);
  await letDriverConnect(endpoint);
  const connected = await chromium.connectOverCDP(endpoint);
  const [first] = connected.contexts();
  if (!first) throw new Error('The browser has no profile');
  return first;
}

/** The driver's client first: two that come while a page is made may wait for each other until their time is up. */
async function letDriverConnect(endpoint: string) {
  if (!process.send) return;
  const connected = new Promise<void>((resolve) => {
    process.on('message', (message) => {
      if (message === driverConnected) resolve();
    });
  });
  process.send({ kind: 'browser', endpoint });
  await connected;
}

function chromiumArguments(): string[] {
  return [
    '--headless=new',
    '--remote-debugging-port=0',
    `--user-data-dir=${join(profileFolder(), 'chromium')}`,
    '--no-first-run',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    // Chromium's own sandbox does not start as root; see README.md for what this double cannot prove.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

async function endpointOf(browser: ChildProcess): Promise<string> {
  if (!browser.stderr) throw new Error('The browser has no output');
  for await (const line of createInterface({ input: browser.stderr })) {
    const found = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (found) {
      browser.stderr.resume();
      return found;
    }
  }
  const [code] = await once(browser, 'exit');
  throw new Error(`Chromium ended with ${code} before it could be used`);
}
