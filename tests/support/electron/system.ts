import { EventEmitter } from 'node:events';
import type Electron from 'electron';
import { onlyModelled } from './not-modelled.ts';

/** Parts of the system around the app: they keep what they were told, and events come from tests. */

export const powerMonitor: EventEmitter = new EventEmitter();

export const nativeTheme = Object.assign(new EventEmitter(), { shouldUseDarkColors: false }) satisfies Pick<
  Electron.NativeTheme,
  'shouldUseDarkColors'
>;

let copied = '';
export const clipboard = onlyModelled('clipboard', {
  async writeText(text: string) {
    copied = text;
  },
  readText: async () => copied,
} satisfies Pick<Electron.Clipboard, 'writeText' | 'readText'>);

const shortcuts = new Map<string, () => void>();
export const globalShortcut = onlyModelled('globalShortcut', {
  register(accelerator: string, callback: () => void) {
    shortcuts.set(accelerator, callback);
    return true;
  },
  unregisterAll: () => shortcuts.clear(),
  isRegistered: (accelerator: string) => shortcuts.has(accelerator),
} satisfies Pick<Electron.GlobalShortcut, 'register' | 'unregisterAll' | 'isRegistered'>);

export class Notification extends EventEmitter {
  static readonly shown: Notification[] = [];
  readonly title: string;
  readonly body: string;

  constructor({ title = '', body = '' }: Electron.NotificationConstructorOptions) {
    super();
    this.title = title;
    this.body = body;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    Notification.shown.push(this);
  }
}

export const net = onlyModelled('net', {});
