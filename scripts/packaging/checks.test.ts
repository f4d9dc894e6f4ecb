import { generateKeyPairSync, hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { machineOf, wrongModules } from './native.mjs';
import { signRelease, wrongUpdates } from './updates.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waystation-release-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const check = (version = '1.1.0') => wrongUpdates(folder, { version, publicKeyPem, readYaml: JSON.parse });

function release(): void {
  writeFileSync(join(folder, 'W.AppImage'), 'installer');
  const sha512 = hash('sha512', 'installer', 'base64');
  const feed = { version: '1.1.0', files: [{ url: 'W.AppImage', sha512 }] };
  writeFileSync(join(folder, 'latest-linux.yml'), JSON.stringify(feed));
  signRelease(folder, { version: '1.1.0', privateKeyPem });
}

test('a release that says what it holds passes', () => {
  release();
  expect(check()).toEqual([]);
});

test.each([
  ['an installer that was changed afterwards', 'W.AppImage', 'other', /W.AppImage is not what update.json says/],
  ['a manifest that was changed afterwards', 'update.json', '{"version":"1.1.0","files":{}}', /signature/],
  ['a feed of another version', 'latest-linux.yml', '{"version":"1.0.0","files":[]}', /about 1.0.0.*names no file/],
  [
    'a feed that leads elsewhere',
    'latest-linux.yml',
    '{"version":"1.1.0","files":[{"url":"https://evil.example/W.AppImage","sha512":"x"}]}',
    /evil.example.*is not what/,
  ],
])('%s is told', (_, name, content, complaint) => {
  release();
  writeFileSync(join(folder, name), content);
  expect(check().join('; ')).toMatch(complaint);
});

test('a release without a signature, or of another version, is told', () => {
  expect(check()).toEqual(['update.json is not signed']);
  release();
  expect(check('1.2.0').join('; ')).toMatch(/about 1.1.0, not 1.2.0/);
});

function elf(machine: number): Buffer {
  const file = Buffer.alloc(64);
  file.writeUInt32BE(0x7f454c46, 0);
  file.writeUInt16LE(machine, 18);
  return file;
}

function mach(type: number): Buffer {
  const file = Buffer.alloc(64);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(type, 4);
  return file;
}

function pe(machine: number): Buffer {
  const file = Buffer.alloc(96);
  file.write('MZ', 0, 'latin1');
  file.writeUInt32LE(64, 60);
  file.writeUInt16LE(machine, 68);
  return file;
}

test.each([
  [elf(0x3e), 'linux', 'x64'],
  [elf(0xb7), 'linux', 'arm64'],
  [mach(0x01000007), 'darwin', 'x64'],
  [mach(0x0100000c), 'darwin', 'arm64'],
  [pe(0x8664), 'win32', 'x64'],
  [pe(0xaa64), 'win32', 'arm64'],
])('a module says for itself that it is for %#', (file, platform, arch) => {
  expect(machineOf(file)).toEqual({ platform, arch });
});

test('a module for another machine, or none, is told', () => {
  mkdirSync(join(folder, 'better-sqlite3'));
  writeFileSync(join(folder, 'better-sqlite3', 'a.node'), elf(0xb7));
  expect(wrongModules(folder, { platform: 'linux', arch: 'x64' })).toEqual([
    'keyring is not there',
    'better-sqlite3/a.node is made for linux arm64',
  ]);
  expect(machineOf(Buffer.from('text'))).toBeUndefined();
});
