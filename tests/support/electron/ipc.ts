import type Electron from 'electron';
import { onlyModelled } from './not-modelled.ts';

type Listener = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown;

const listeners = new Map<string, Listener>();

export const ipcMain = onlyModelled('ipcMain', {
  handle(channel: string, listener: Listener) {
    if (listeners.has(channel)) throw new Error(`${channel} has a handler already`);
    listeners.set(channel, listener);
  },
} satisfies Pick<Electron.IpcMain, 'handle'>);

/** What a page asked through its preload script. */
export async function invokeFromPage(channel: string, args: readonly unknown[], url: string): Promise<unknown> {
  const listener = listeners.get(channel);
  if (!listener) throw new Error(`No handler registered for '${channel}'`);
  // The double has this much of an event: who asks, and that it is the page itself.
  const event = onlyModelled('event', { senderFrame: { url, parent: null } });
  return await Reflect.apply(listener, undefined, [event, ...args]);
}
