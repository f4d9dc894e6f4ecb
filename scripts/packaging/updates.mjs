import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What people download and install; the rest of a release folder is about it. */
const installers = /\.(AppImage|deb|rpm|dmg|zip|exe)$/;

/** @param {string} path */
const sha512Of = (path) => hash('sha512', readFileSync(path), 'base64');

/**
 * Writes what a release says of itself, and signs it.
 *
 * @param {string} folder
 * @param {{ version: string, privateKeyPem: string }} release
 */
export function signRelease(folder, { version, privateKeyPem }) {
  const names = readdirSync(folder)
    .filter((name) => installers.test(name))
    .sort();
  const files = Object.fromEntries(names.map((name) => [name, sha512Of(join(folder, name))]));
  const manifest = Buffer.from(`${JSON.stringify({ version, files }, null, 2)}\n`);
  writeFileSync(join(folder, 'update.json'), manifest);
  const signature = sign(null, manifest, createPrivateKey(privateKeyPem)).toString('base64');
  writeFileSync(join(folder, 'update.json.sig'), `${signature}\n`);
}

/**
 * What is wrong with a release folder: its signature, its files, and what electron-updater will read of them.
 *
 * @param {string} folder
 * @param {{ version: string, publicKeyPem: string, readYaml: (text: string) => unknown }} release
 * @returns {string[]}
 */
export function wrongUpdates(folder, { version, publicKeyPem, readYaml }) {
  if (!existsSync(join(folder, 'update.json.sig'))) return ['update.json is not signed'];
  const bytes = readFileSync(join(folder, 'update.json'));
  const signature = Buffer.from(readFileSync(join(folder, 'update.json.sig'), 'utf8').trim(), 'base64');
  const manifest = JSON.parse(bytes.toString('utf8'));
  const feeds = readdirSync(folder).filter((name) => /^latest.*\.yml$/.test(name));
  return [
    ...(verify(null, bytes, createPublicKey(publicKeyPem), signature) ? [] : ['the signature of update.json is wrong']),
    ...(manifest.version === version ? [] : [`update.json is about ${manifest.version}, not ${version}`]),
    ...Object.entries(manifest.files).flatMap(([name, sum]) => wrongFile(join(folder, name), name, sum)),
    ...(feeds.length === 0 ? ['there is no latest*.yml'] : []),
    ...feeds.flatMap((name) => wrongFeed(folder, name, { version, manifest, readYaml })),
  ];
}

/** @param {string} path @param {string} name @param {unknown} sum */
function wrongFile(path, name, sum) {
  if (!existsSync(path)) return [`${name} is not there`];
  return sha512Of(path) === sum ? [] : [`${name} is not what update.json says`];
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {{ version: string, manifest: { files: Record<string, string> }, readYaml: (text: string) => unknown }} release
 */
function wrongFeed(folder, name, { version, manifest, readYaml }) {
  const feed = /** @type {{ version?: string, files?: { url: string, sha512: string, size?: number }[] }} */ (
    readYaml(readFileSync(join(folder, name), 'utf8'))
  );
  const files = feed.files ?? [];
  return [
    ...(feed.version === version ? [] : [`${name} is about ${feed.version}, not ${version}`]),
    ...(files.length === 0 ? [`${name} names no file`] : []),
    ...files
      .filter(({ url, sha512 }) => url.includes('/') || manifest.files[url] !== sha512)
      .map(({ url }) => `${name}: ${url} is not what update.json says`),
  ];
}
