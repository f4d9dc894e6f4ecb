import { BrowserWindow } from 'electron';

/** A window as all of ours are: its page runs as in any browser, and reaches this process by the preload script only. */
export function newWindow(preload: string): BrowserWindow {
  return new BrowserWindow({
    title: 'Waystation',
    width: 1100,
    height: 820,
    minWidth: 480,
    minHeight: 400,
    autoHideMenuBar: true,
    webPreferences: {
      ...{ sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false },
      preload,
    },
  });
}

export async function loadInto(window: BrowserWindow, url: string): Promise<void> {
  try {
    await window.loadURL(url);
  } catch (error) {
    // Closed while it was loading, or sent elsewhere: nobody waits for that page.
    if (!window.isDestroyed() && !isOvertaken(error)) throw error;
  }
}

/** A page goes on by itself at its own address only; elsewhere it has to be taken. */
export function isAt(window: BrowserWindow, url: string): boolean {
  return URL.parse(window.webContents.getURL())?.origin === new URL(url).origin;
}

function isOvertaken(error: unknown): boolean {
  return error instanceof Error && error.message.includes('ERR_ABORTED');
}
