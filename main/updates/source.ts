import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, net } from 'electron';
import * as z from 'zod';
import { version } from '../../app/app.ts';
import { systemClock } from '../../app/domain/clock.ts';
import type { Installer, UpdateFeed, UpdatesDeps } from './updates.ts';

const largestBytes = 1_048_576;
const feedFile = z.object({ url: z.url({ protocol: /^https$/ }), publicKeyPem: z.string() });

/** Updates of this very installation. A company may name a mirror of its own: what it carries is signed all the same. */
export function updateSource(isSafe: boolean, changed: () => void): UpdatesDeps {
  return {
    ...{ clock: systemClock, version, changed },
    feed: isSafe ? 'safe-mode' : readFeed(process.env['WAYSTATION_UPDATE_FEED']),
    get,
    installer: openInstaller,
  };
}

/** The release puts it beside the program; a build without it has no updates. */
function readFeed(mirror: string | undefined): UpdateFeed | 'not-packaged' | 'no-feed' | 'no-key' {
  if (!app.isPackaged) return 'not-packaged';
  const path = join(process.resourcesPath, 'update-feed.json');
  if (!existsSync(path)) return 'no-feed';
  const read = feedFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!read.success) return 'no-key';
  return { ...read.data, ...(mirror ? { url: mirror } : {}) };
}

/** Through the system's own proxy. */
async function get(url: string): Promise<Uint8Array> {
  const response = await net.fetch(url, {
    redirect: 'error',
    credentials: 'omit',
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${new URL(url).host} answered with status ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length > largestBytes) throw new Error(`${new URL(url).host} answered with more than an update says`);
  return bytes;
}

/** electron-updater on our terms: it asks when we say so, never installs by itself, and tells nobody who we are. */
async function openInstaller(): Promise<Installer> {
  const { default: updater } = await import('electron-updater');
  const { autoUpdater } = updater;
  Object.assign(autoUpdater, { autoDownload: false, autoInstallOnAppQuit: false, allowDowngrade: false });
  // NOTE: it sends an id of this installation for staged roll-outs unless that header is set.
  autoUpdater.requestHeaders = { 'x-user-staging-id': 'none' };
  return {
    async offered(url) {
      autoUpdater.setFeedURL({ provider: 'generic', url });
      return (await autoUpdater.checkForUpdates())?.updateInfo.version;
    },
    async download(onShare) {
      autoUpdater.on('download-progress', ({ percent }) => onShare(percent / 100));
      const [path] = await autoUpdater.downloadUpdate();
      if (path === undefined) throw new Error('the update was not stored');
      return path;
    },
    installAndRestart: () => autoUpdater.quitAndInstall(false, true),
  };
}
