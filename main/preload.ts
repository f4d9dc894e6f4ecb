import { contextBridge, ipcRenderer } from 'electron';
import type { DesktopBridge } from '../app/server/admin/contract-desktop.ts';
import { channels } from './ipc/channels.ts';

// Runs in the page's process, sandboxed and in a world of its own: the page gets these functions and nothing of Electron.
const bridge: DesktopBridge = {
  show: (input) => ipcRenderer.invoke(channels.show, input),
  change: (input) => ipcRenderer.invoke(channels.change, input),
  takeInvite: (input) => ipcRenderer.invoke(channels.takeInvite, input),
  testNotification: (input) => ipcRenderer.invoke(channels.testNotification, input),
  openDataFolder: (input) => ipcRenderer.invoke(channels.openDataFolder, input),
  checkForUpdate: (input) => ipcRenderer.invoke(channels.checkForUpdate, input),
  downloadUpdate: (input) => ipcRenderer.invoke(channels.downloadUpdate, input),
  installUpdate: (input) => ipcRenderer.invoke(channels.installUpdate, input),
};

contextBridge.exposeInMainWorld('waystation', bridge);
