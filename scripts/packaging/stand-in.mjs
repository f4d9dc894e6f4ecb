import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Electron's fuses begin with in its binary, and one wire of all of them as they are delivered. */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const wire = [1, 9, ...'101100010'].map((fuse) => (typeof fuse === 'number' ? fuse : fuse.charCodeAt(0)));

/**
 * Files in the shape of an Electron runtime for Linux, enough for electron-builder to pack around. It cannot run, so what
 * comes out is no app: only its app.asar is what a real build would have.
 *
 * @param {string} folder
 * @param {string} version
 */
export function makeStandIn(folder, version) {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  mkdirSync(join(folder, 'locales'), { recursive: true });
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from(`stand-in ${sentinel}`), Buffer.from(wire)]));
  chmodSync(join(folder, 'electron'), 0o755);
  writeFileSync(join(folder, 'chrome-sandbox'), 'stand-in');
  writeFileSync(join(folder, 'version'), version);
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(join(folder, name), 'stand-in');
  for (const name of ['en-US', 'zh-CN', 'ja', 'de', 'fr']) writeFileSync(join(folder, 'locales', `${name}.pak`), '');
}
