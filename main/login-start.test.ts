import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { autostartText, DesktopFile, linksText, programPath } from './login-start.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'waystation-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('an AppImage is started by its own file, not by where it is mounted', () => {
  expect(programPath('/tmp/.mount_x/waystation', { APPIMAGE: '/home/ada/Apps/Waystation.AppImage' })).toBe(
    '/home/ada/Apps/Waystation.AppImage',
  );
  expect(programPath('/opt/Waystation/waystation', {})).toBe('/opt/Waystation/waystation');
});

test('hidden and visible starts differ by a flag, and odd paths are quoted as the specification says', () => {
  expect(autostartText('/opt/w', 'visible')).toContain('Exec="/opt/w" --started-at-login\n');
  expect(autostartText('/home/ada/50% off/W "x" $y.AppImage', 'hidden')).toContain(
    String.raw`Exec="/home/ada/50%% off/W \\"x\\" \\$y.AppImage" --started-at-login --hidden`,
  );
  expect(linksText('/opt/w')).toContain('Exec="/opt/w" %u\nNoDisplay=true\nMimeType=x-scheme-handler/waystation;');
});

test('check 8: the autostart file follows an AppImage that was moved, and is left alone otherwise', () => {
  const file = DesktopFile.autostart({}, home);
  file.write(autostartText('/a/W.AppImage', 'hidden'));
  const path = join(home, '.config', 'autostart', 'io.waystation.desktop.desktop');
  const before = statSync(path).ino;
  file.write(autostartText('/a/W.AppImage', 'hidden'));
  expect(statSync(path).ino).toBe(before);
  file.write(autostartText('/b/W.AppImage', 'hidden'));
  expect(file.read()).toContain('Exec="/b/W.AppImage"');
  file.remove();
  expect(readdirSync(join(home, '.config', 'autostart'))).toEqual([]);
});

test('the folders of the desktop may be elsewhere', () => {
  DesktopFile.autostart({ XDG_CONFIG_HOME: join(home, 'c') }, home).write(autostartText('/w', 'hidden'));
  DesktopFile.links({ XDG_DATA_HOME: join(home, 'd') }, home).write(linksText('/w'));
  expect(readdirSync(join(home, 'c', 'autostart')).concat(readdirSync(join(home, 'd', 'applications')))).toEqual([
    'io.waystation.desktop.desktop',
    'io.waystation.desktop-links.desktop',
  ]);
});
