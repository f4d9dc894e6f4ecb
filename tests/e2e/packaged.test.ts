import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wrongFuses } from '../../scripts/packaging/fuses.mjs';
import { wrongModules } from '../../scripts/packaging/native.mjs';
import { makeStandIn } from '../../scripts/packaging/stand-in.mjs';
import { checkout } from '../support/electron/driver.ts';
import { cleanEnvironment, readyUrl } from '../support/relay-process.ts';
import { suiteThatNeeds } from '../support/required.ts';

const budget = { asarBytes: 14_000_000, unpackedBytes: 8_000_000 };
const require = createRequire(import.meta.url);
const { version } = require('electron/package.json');
const isHere = process.platform === 'linux' ? undefined : 'the stand-in has the shape of a Linux runtime';

/**
 * What electron-builder packs, made without any network around a stand-in of the runtime (scripts/packaging/stand-in.mjs):
 * the archive, the unpacked modules and the flipped fuses are those of a release; the program itself cannot run.
 */
suiteThatNeeds(isHere, 'the packaged app', () => {
  let folder: string;
  const resources = () => join(folder, 'out', 'linux-unpacked', 'resources');

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'waystation-packaged-'));
    makeStandIn(join(folder, 'electron'), version);
    const builder = require.resolve('electron-builder/cli.js');
    const args = ['--linux', 'dir', '--x64', '--publish', 'never', `-c.electronDist=${join(folder, 'electron')}`];
    const run = spawnSync(process.execPath, [builder, ...args, `-c.directories.output=${join(folder, 'out')}`], {
      cwd: checkout,
      encoding: 'utf8',
      timeout: 170_000,
    });
    if (run.status !== 0) throw new Error(`electron-builder ended with ${run.status}: ${run.stdout}${run.stderr}`);
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('check 10: the fuses of the binary are those of the table', async () => {
    const { getCurrentFuseWire } = await import('@electron/fuses');
    const wire = await getCurrentFuseWire(join(folder, 'out', 'linux-unpacked', 'waystation'));
    expect(wrongFuses(wire)).toEqual([]);
  });

  test('native modules stand beside the archive, for this machine, and the tray has its pictures', () => {
    expect(wrongModules(join(resources(), 'app.asar.unpacked'), { platform: 'linux', arch: 'x64' })).toEqual([]);
    expect(readdirSync(join(resources(), 'icons', 'tray'))).toHaveLength(4 * 8);
    expect(readdirSync(join(folder, 'out', 'linux-unpacked', 'locales')).sort()).toEqual([
      'en-US.pak',
      'ja.pak',
      'zh-CN.pak',
    ]);
  });

  test('it stays within its size', () => {
    const asarBytes = statSync(join(resources(), 'app.asar')).size;
    const unpacked = readdirSync(join(resources(), 'app.asar.unpacked'), { recursive: true, encoding: 'utf8' });
    const sizes = unpacked.map((name) => statSync(join(resources(), 'app.asar.unpacked', name)));
    const unpackedBytes = sizes.filter((found) => found.isFile()).reduce((sum, { size }) => sum + size, 0);
    process.stdout.write(`app.asar ${asarBytes} bytes, unpacked ${unpackedBytes} bytes\n`);
    expect(asarBytes).toBeLessThan(budget.asarBytes);
    expect(unpackedBytes).toBeLessThan(budget.unpackedBytes);
  });

  test('what is in the archive starts a relay that serves its page', async () => {
    const { extractAll, listPackage } = createRequire(require.resolve('electron-builder/package.json'))(
      '@electron/asar',
    );
    const archive = join(resources(), 'app.asar');
    const names: string[] = listPackage(archive, { isPack: false });
    expect(names).toContain('/dist/main/preload.cjs');
    expect(names.filter((name) => /\.map$|\/tests\/|\.env|better-sqlite3\/(src|deps)\//.test(name))).toEqual([]);
    const app = join(folder, 'app');
    extractAll(archive, app);
    expect(JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')).main).toBe('dist/main/index.js');
    const data = join(folder, 'data');
    const serve = ['serve', '--port', '0', '--data-dir', data, '--secrets', 'key-file'];
    const child = spawn(process.execPath, [join(app, 'dist', 'cli.js'), ...serve], {
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      const url = await readyUrl(child);
      expect((await fetch(`${url}/health`)).status).toBe(200);
      expect(await (await fetch(`${url}/admin/`)).text()).toContain('<title>Waystation');
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });
});
