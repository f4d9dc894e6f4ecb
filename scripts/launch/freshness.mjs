import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const inputs = [
  'app',
  'main',
  'renderer',
  'resources',
  'scripts/bundle.mjs',
  'scripts/launch/licences.mjs',
  'package.json',
  'package-lock.json',
];
const stampName = '.built-from';

/**
 * Names, sizes and times of everything that a build reads. Compared for equality, so that an older file put back and a
 * deleted one count as changes too.
 *
 * @param {string} root
 */
export function fingerprint(root) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const path of filesUnder(root, input)) {
      const { size, mtimeMs } = statSync(join(root, path));
      hash.update(`${path} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

/** @param {string} root */
export function isBuilt(root) {
  const stamp = join(root, 'dist', stampName);
  if (!existsSync(stamp)) return false;
  return readFileSync(stamp, 'utf8') === fingerprint(root);
}

/**
 * @param {string} folder
 * @param {string} print
 */
export function markBuilt(folder, print) {
  writeFileSync(join(folder, stampName), print);
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(root, path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full, { withFileTypes: true })
    .filter(({ name }) => !isTestOnly(name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(root, `${path}/${entry.name}`) : [`${path}/${entry.name}`]));
}

/** @param {string} name */
function isTestOnly(name) {
  return name === '__fixtures__' || /\.test\.tsx?$/.test(name);
}
