import type Electron from 'electron';
import { app } from './app.ts';
import { ipcMain } from './ipc.ts';
import { onlyModelled } from './not-modelled.ts';
import { session } from './session.ts';
import { clipboard, globalShortcut, Notification, nativeTheme, net, powerMonitor } from './system.ts';
import { Menu, Tray } from './tray.ts';
import { BrowserWindow } from './window.ts';

/** The double as the module `electron`; see README.md for what it proves. */
export {
  app,
  BrowserWindow,
  clipboard,
  globalShortcut,
  ipcMain,
  Menu,
  Notification,
  nativeTheme,
  net,
  powerMonitor,
  session,
  Tray,
};

export const dialog = onlyModelled('dialog', {
  showErrorBox(title: string, content: string) {
    process.stderr.write(`[error box] ${title}: ${content}\n`);
  },
  /** Nobody is there: the question is closed without an answer, unless a test puts its own here. */
  async showMessageBox(options: Electron.MessageBoxOptions) {
    const { message, detail = '', buttons = [], cancelId = 0 } = options;
    process.stderr.write(`[question] ${message} | ${detail} | ${buttons.join(' / ')}\n`);
    return { response: cancelId, checkboxChecked: false };
  },
});

/** A test that expects something to open elsewhere puts its own here, as it would on the real one. */
export const shell: Pick<Electron.Shell, 'openExternal' | 'openPath'> = {
  openExternal: (url) => Promise.reject(new Error(`shell.openExternal(${url}) is not modelled by the Electron double`)),
  openPath: (path) => Promise.reject(new Error(`shell.openPath(${path}) is not modelled by the Electron double`)),
};
