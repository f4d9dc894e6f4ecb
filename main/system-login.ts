import { homedir } from 'node:os';
import { app } from 'electron';
import { linkScheme } from './deep-link.ts';
import { autostartText, DesktopFile, linksText, loginArguments, programPath } from './login-start.ts';
import type { LoginStart } from './tray/state.ts';

/** Tells the system whether to start us at login. On Linux the file follows a program that was moved. */
export function setLoginStart(value: LoginStart): void {
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: value !== 'off', args: value === 'off' ? [] : [...loginArguments(value)] });
    return;
  }
  const file = DesktopFile.autostart(process.env, homedir());
  if (value === 'off') file.remove();
  else file.write(autostartText(programPath(process.execPath, process.env), value));
}

/** Links of ours lead here. An AppImage has nobody who installs it, so it says so itself. */
export function claimLinks(): void {
  if (!app.isPackaged) return;
  if (process.platform === 'linux' && process.env['APPIMAGE']) {
    DesktopFile.links(process.env, homedir()).write(linksText(programPath(process.execPath, process.env)));
  }
  app.setAsDefaultProtocolClient(linkScheme);
}
