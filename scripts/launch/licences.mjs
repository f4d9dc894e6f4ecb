import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Taken along as they are, besides what is bundled. */
const unbundled = ['better-sqlite3', '@napi-rs/keyring'];
const licenceFile = /^(licen[cs]e|copying)(\.|-|$)/i;
const inPackage = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;

/**
 * @typedef {object} Licence
 * @property {string} name
 * @property {string} version
 * @property {string} licence
 * @property {string} text
 */

/**
 * Notes which packages get into the bundles, and tells their licences: most ask that their text comes along.
 *
 * @param {string} root
 */
export function collectLicences(root) {
  const folders = new Set(unbundled.map((name) => join(root, 'node_modules', name)));
  /** @type {import('vite').Plugin} */
  const plugin = {
    name: 'waystation-licences',
    generateBundle() {
      for (const id of this.getModuleIds()) {
        const folder = inPackage.exec(id.replace(/^\0/, '').replace(/\?.*$/, ''))?.[1];
        if (folder !== undefined && existsSync(join(folder, 'package.json'))) folders.add(folder);
      }
    },
  };
  return {
    plugin,
    /** @param {string} file */
    write(file) {
      const found = new Map([...folders].map((folder) => [folder, licenceOf(folder)]));
      const sorted = [...found.values()].sort((one, other) => one.name.localeCompare(other.name, 'en'));
      writeFileSync(file, JSON.stringify(sorted));
    },
  };
}

/**
 * @param {string} folder
 * @returns {Licence}
 */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((one) => licenceFile.test(one));
  return {
    name: String(name),
    version: String(version),
    licence: typeof license === 'string' ? license : 'see its text',
    text: file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim(),
  };
}
