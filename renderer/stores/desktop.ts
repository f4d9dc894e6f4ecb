import { create } from 'zustand';
import type { DesktopBridge, DesktopInput, DesktopOutput } from '../../app/server/admin/contract-desktop.ts';

type State = DesktopOutput<'show'>;

interface Desktop {
  /** Undefined in a browser, and until the app has answered. */
  readonly state: State | undefined;
  load(): Promise<void>;
  change(change: DesktopInput<'change'>): Promise<void>;
  /** False where the system shows no notifications. */
  testNotification(): Promise<boolean>;
  openDataFolder(): Promise<void>;
  /** Of the link that led here, once. */
  takeInvite(): Promise<string | undefined>;
  /** The next step of an update, whichever that is. */
  update(): Promise<void>;
}

declare global {
  interface Window {
    /** Only in the desktop app's own window. */
    readonly waystation?: DesktopBridge;
  }
}

export const useDesktop = create<Desktop>((set, get) => ({
  state: undefined,
  async load() {
    const state = await window.waystation?.show({});
    if (state) set({ state });
  },
  async change(change) {
    const state = await window.waystation?.change(change);
    if (state) set({ state });
  },
  async testNotification() {
    return (await window.waystation?.testNotification({}))?.isShown ?? false;
  },
  async openDataFolder() {
    await window.waystation?.openDataFolder({});
  },
  async takeInvite() {
    return (await window.waystation?.takeInvite({}))?.invite ?? undefined;
  },
  async update() {
    const step = stepOf(get().state);
    if (!step) return;
    const state = await window.waystation?.[step]({});
    if (state) set({ state });
  },
}));

export type UpdateStep = 'checkForUpdate' | 'downloadUpdate' | 'installUpdate';

/** What a person may ask for next; undefined while something goes on, and where there are no updates. */
export function stepOf(state: State | undefined): UpdateStep | undefined {
  switch (state?.update.kind) {
    case 'idle':
    case 'failed':
      return 'checkForUpdate';
    case 'available':
      return 'downloadUpdate';
    case 'ready':
      return 'installUpdate';
    default:
      return undefined;
  }
}
