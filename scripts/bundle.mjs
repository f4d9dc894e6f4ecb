import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { fingerprint, markBuilt } from './launch/freshness.mjs';
import { collectLicences } from './launch/licences.mjs';

/** Native modules stay as they are; Electron brings itself; pg and ws do without their native twins. */
const external = ['electron', 'better-sqlite3', '@napi-rs/keyring', 'pg-native', 'bufferutil', 'utf-8-validate'];

/** What Node runs: the command line with the headless relay, and the desktop shell. */
const nodeEntries = { cli: 'app/program.ts', 'main/index': 'main/index.ts' };

/**
 * Makes `dist/`. It is built beside and then put in place, so that a running relay never sees half of it.
 *
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function bundle(root, say) {
  const print = fingerprint(root);
  const outDir = join(root, `dist.${process.pid}`);
  try {
    mkdirSync(outDir);
    const licences = collectLicences(root);
    /** @param {import('vite').InlineConfig} config */
    const make = (config) => build({ ...config, plugins: [...(config.plugins ?? []), licences.plugin] });
    await timed('the page', say, () => make(pageConfig(root, 'renderer', join(outDir, 'renderer'))));
    await timed('the page of members', say, () => make(pageConfig(root, join('renderer', 'me'), join(outDir, 'me'))));
    await timed('the page to join on', say, () =>
      make(pageConfig(root, join('renderer', 'join'), join(outDir, 'join'))),
    );
    await timed('the preload script', say, () => make(preloadConfig(root, outDir)));
    await timed('the relay and the desktop shell', say, () => make(nodeConfig(root, outDir)));
    licences.write(join(outDir, 'renderer', 'licences.json'));
    markBuilt(outDir, print);
    putInPlace(outDir, join(root, 'dist'));
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
  return 0;
}

/**
 * @param {string} name
 * @param {(line: string) => void} say
 * @param {() => Promise<unknown>} work
 */
async function timed(name, say, work) {
  const start = performance.now();
  await work();
  say(`built ${name} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/**
 * @param {string} fresh
 * @param {string} place
 */
function putInPlace(fresh, place) {
  const old = `${fresh}.old`;
  if (existsSync(place)) renameSync(place, old);
  // Another build may have put its own there meanwhile: made from the same sources, it is as good.
  if (!existsSync(place)) renameSync(fresh, place);
  rmSync(old, { recursive: true, force: true });
}

/**
 * Every asset is a file with a hash in its name: the page's policy allows nothing inline.
 *
 * @param {string} root
 * @param {string} folder
 * @param {string} outDir
 * @returns {import('vite').InlineConfig}
 */
function pageConfig(root, folder, outDir) {
  return {
    configFile: false,
    logLevel: 'warn',
    root: join(root, folder),
    base: './',
    publicDir: false,
    plugins: [react(), tailwindcss()],
    build: {
      outDir,
      emptyOutDir: false,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  };
}

/**
 * One pass for both entries, which share nearly everything. Shared parts lie beside `renderer/`, where the relay looks
 * for its page.
 *
 * @param {string} root
 * @param {string} outDir
 * @returns {import('vite').InlineConfig}
 */
function nodeConfig(root, outDir) {
  const present = Object.entries(nodeEntries).filter(([, entry]) => existsSync(join(root, entry)));
  return {
    configFile: false,
    logLevel: 'warn',
    root,
    publicDir: false,
    ssr: { noExternal: true, external },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      target: 'node24',
      minify: false,
      rolldownOptions: {
        external,
        input: Object.fromEntries(present.map(([name, entry]) => [name, join(root, entry)])),
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  };
}

/**
 * A sandboxed preload script is one CommonJS file that may ask for `electron` alone.
 *
 * @param {string} root
 * @param {string} outDir
 * @returns {import('vite').InlineConfig}
 */
function preloadConfig(root, outDir) {
  return {
    configFile: false,
    logLevel: 'warn',
    root,
    publicDir: false,
    ssr: { noExternal: true, external },
    build: {
      ssr: join(root, 'main', 'preload.ts'),
      outDir: join(outDir, 'main'),
      emptyOutDir: false,
      minify: false,
      rolldownOptions: { external, output: { format: 'cjs', entryFileNames: 'preload.cjs' } },
    },
  };
}
