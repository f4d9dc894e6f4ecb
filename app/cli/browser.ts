import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/**
 * Opens the system's browser on a page that leads to `url`. The address itself must not be an argument: other users of
 * the computer can read those, and it signs in whoever comes first.
 */
export function openBrowser(url: string, dataDir: string): void {
  const page = join(dataDir, 'open.html');
  const target = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  writeFileSync(
    page,
    `<!doctype html><meta http-equiv="refresh" content="0;url=${target}"><title>Waystation</title>\n`,
    {
      mode: 0o600,
    },
  );
  const [command = 'xdg-open', ...rest] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...rest, pathToFileURL(page).href], { stdio: 'ignore', detached: true });
  // Without an opener the printed address has to do.
  child.on('error', () => undefined);
  child.unref();
}
