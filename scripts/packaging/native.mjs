import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ readonly platform: string, readonly arch: string }} Machine */

const elfMachines = /** @type {Record<number, string>} */ ({ 62: 'x64', 183: 'arm64' });
const peMachines = /** @type {Record<number, string>} */ ({ 34404: 'x64', 43620: 'arm64' });
const machTypes = /** @type {Record<number, string>} */ ({ 16777223: 'x64', 16777228: 'arm64' });

/**
 * For which machine a native module was made, by its own first bytes.
 *
 * @param {Buffer} file
 * @returns {Machine | undefined}
 */
export function machineOf(file) {
  if (file.length < 64) return undefined;
  if (file.readUInt32BE(0) === 0x7f454c46) return named('linux', elfMachines[file.readUInt16LE(18)]);
  if (file.readUInt32LE(0) === 0xfeedfacf) return named('darwin', machTypes[file.readUInt32LE(4)]);
  if (file.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const header = file.readUInt32LE(60);
  return header + 6 > file.length ? undefined : named('win32', peMachines[file.readUInt16LE(header + 4)]);
}

/** @param {string} platform @param {string | undefined} arch */
function named(platform, arch) {
  return arch === undefined ? undefined : { platform, arch };
}

/**
 * What is wrong with the native modules of an unpacked app.
 *
 * @param {string} folder The `app.asar.unpacked` of it.
 * @param {Machine} wanted
 * @returns {string[]}
 */
export function wrongModules(folder, { platform, arch }) {
  const modules = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.node'));
  const missing = ['better-sqlite3', 'keyring'].filter((name) => !modules.some((path) => path.includes(name)));
  const wrong = modules.flatMap((name) => {
    const machine = machineOf(readFileSync(join(folder, name)));
    if (machine?.platform === platform && machine.arch === arch) return [];
    return [`${name} is made for ${machine ? `${machine.platform} ${machine.arch}` : 'no known machine'}`];
  });
  return [...missing.map((name) => `${name} is not there`), ...wrong];
}
