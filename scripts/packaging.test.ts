import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { wantedFuses, wrongFuses } from './packaging/fuses.mjs';

const require = createRequire(import.meta.url);
const builderRequire = createRequire(require.resolve('electron-builder/package.json'));
// Not exported, but electron-builder itself calls it before it packs; a move would fail here by name.
const { validateConfiguration } = builderRequire('app-builder-lib/out/util/config/config');
const { DebugLogger } = builderRequire('builder-util');
const { load } = builderRequire('js-yaml');

const root = new URL('../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const read = () => load(text('electron-builder.yml'));

test('electron-builder accepts its configuration', async () => {
  await validateConfiguration(read(), new DebugLogger(false));
}, 60_000);

test('electron-builder would refuse a misspelled key', async () => {
  await expect(validateConfiguration({ ...read(), linuks: {} }, new DebugLogger(false))).rejects.toThrow(/linuks/);
}, 60_000);

test('check 10: every fuse is set, and none lets the packaged app run as Node or load foreign code', () => {
  expect(read().electronFuses).toEqual(wantedFuses);
  const { properties } = JSON.parse(readFileSync(builderRequire.resolve('app-builder-lib/scheme.json'), 'utf8'))
    .definitions.FuseOptionsV1;
  // The other one only says how an unsigned build for macOS is signed.
  expect(
    Object.keys(properties)
      .filter((name) => name !== 'resetAdHocDarwinSignature')
      .sort(),
  ).toEqual(Object.keys(wantedFuses).sort());
});

test('a fuse that is as Electron delivers it is told by its name', () => {
  const wire = [...'10110001'].map((fuse) => fuse.charCodeAt(0));
  const right = Object.values(wantedFuses).map((isOn) => (isOn ? 49 : 48));
  expect(wrongFuses(right)).toEqual([]);
  expect(wrongFuses({ ...right, 0: 49 })).toEqual(['runAsNode is on, and has to be off']);
  expect(wrongFuses(wire)).not.toEqual([]);
  expect(wrongFuses([])).toHaveLength(8);
});

test('each system gets what people there install, signed where that can be', () => {
  const { linux, mac, win, nsis } = read();
  expect([linux.target, mac.target, win.target]).toEqual([
    ['AppImage', 'deb', 'rpm'],
    ['dmg', 'zip'],
    ['nsis', 'portable'],
  ]);
  expect(mac).toMatchObject({ hardenedRuntime: true, notarize: true, forceCodeSigning: true });
  expect(nsis).toMatchObject({ perMachine: false, deleteAppDataOnUninstall: false });
  for (const path of [linux.icon, mac.icon, win.icon, mac.entitlements])
    expect(existsSync(new URL(path, root))).toBe(true);
});

test('macOS allows the app one thing beyond the hardened runtime', () => {
  const keys = [...text(read().mac.entitlements).matchAll(/<key>(.*?)<\/key>/g)].map(([, key]) => key);
  expect(keys).toEqual(['com.apple.security.cs.allow-jit']);
});

test('no native module is left in the archive, and no language that the window does not speak', () => {
  const { asar, asarUnpack, npmRebuild, electronLanguages } = read();
  expect({ asar, asarUnpack, npmRebuild }).toEqual({
    asar: { smartUnpack: false },
    asarUnpack: ['**/*.node'],
    npmRebuild: false,
  });
  expect(electronLanguages).toEqual(['en', 'en-US', 'zh-CN', 'zh_CN', 'ja']);
});

test('the release checks fuses, native modules and update files before anything leaves, and leaves a draft', () => {
  const workflow = load(text('.github/workflows/release.yml'));
  const { package: made, publish } = workflow.jobs;
  const commands = (job: { steps: { run?: string }[] }) => job.steps.flatMap(({ run }) => run ?? []);
  expect(workflow.on).toEqual({ push: { tags: ['v*.*.*'] } });
  expect(workflow.permissions).toEqual({ contents: 'read' });
  expect(made.strategy.matrix.include.map(({ platform }: { platform: string }) => platform)).toEqual([
    'linux',
    'darwin',
    'win32',
  ]);
  const packing = commands(made);
  const at = (word: string) => packing.findIndex((command) => command.includes(word));
  expect(at('npm ci --ignore-scripts')).toBe(0);
  expect(at('verify-fuses')).toBeGreaterThan(at('electron-builder'));
  expect(at('verify-native')).toBeGreaterThan(at('electron-builder'));
  expect(packing.join('\n')).toMatch(/--publish never[\s\S]*stapler validate[\s\S]*Get-AuthenticodeSignature/);
  const publishing = commands(publish);
  expect(
    publishing.map((command) => /sign-update|verify-update-metadata|gh release create .*--draft/.exec(command)?.[0]),
  ).toEqual([undefined, 'sign-update', 'verify-update-metadata', expect.stringContaining('--draft')]);
  expect(publish.needs).toBe('package');
  // A secret is an environment variable of the one step that needs it, never part of a command.
  expect([...packing, ...publishing].join('\n')).not.toMatch(/secrets\./);
  for (const script of ['verify-fuses', 'verify-native', 'verify-update-metadata', 'sign-update']) {
    expect(existsSync(new URL(`scripts/${script}.mjs`, root))).toBe(true);
  }
});
