import { app, Menu, type MenuItemConstructorOptions, nativeTheme, Tray } from 'electron';
import type { Speech } from './account-line.ts';
import { iconFile } from './icon.ts';
import type { TrayAction, TrayItem } from './item.ts';
import { trayMenu, trayTooltip } from './menu.ts';
import { shapeOf, type TrayState } from './state.ts';

/** Keeps the icon's place in the notification area over updates, on Windows. */
const windowsGuid = 'c3a2f4de-5b0c-4f3a-9c5e-0e9b1f6f5d11';

export interface TrayIconDeps {
  readonly iconFolder: string;
  speech(): Speech;
  act(action: TrayAction): void;
}

/** The icon in the tray. What looks the same is not built again. */
export class TrayIcon {
  readonly #deps: TrayIconDeps;
  readonly #tray: Tray;
  #state: TrayState;
  #shown = '';
  #icon: string;

  constructor(state: TrayState, deps: TrayIconDeps) {
    this.#deps = deps;
    this.#state = state;
    this.#icon = this.#iconFile();
    this.#tray = process.platform === 'win32' ? new Tray(this.#icon, windowsGuid) : new Tray(this.#icon);
    // macOS and Linux open the menu by themselves; on Linux a click only means that it was activated.
    this.#tray.on('click', () => process.platform === 'darwin' || deps.act({ kind: 'show' }));
    nativeTheme.on('updated', () => this.show(this.#state));
    this.show(state);
  }

  show(state: TrayState): void {
    this.#state = state;
    const speech = this.#deps.speech();
    const menu = trayMenu(state, speech);
    const icon = this.#iconFile();
    if (icon !== this.#icon) this.#tray.setImage(icon);
    this.#icon = icon;
    const looks = JSON.stringify(menu);
    if (looks === this.#shown) return;
    this.#shown = looks;
    this.#tray.setToolTip(trayTooltip(state, speech));
    this.#tray.setContextMenu(Menu.buildFromTemplate(menu.map((item) => this.#toElectron(item))));
  }

  #iconFile(): string {
    const on = { platform: process.platform, isDark: nativeTheme.shouldUseDarkColors };
    return iconFile(this.#deps.iconFolder, shapeOf(this.#state), on);
  }

  #toElectron(item: TrayItem): MenuItemConstructorOptions {
    if (item.type === 'separator') return { type: 'separator' };
    const { label, action, isChecked, accelerator, items } = item;
    return {
      label,
      enabled: action !== undefined || items !== undefined,
      ...(isChecked === undefined ? {} : { type: 'radio', checked: isChecked }),
      // The key is shown here and registered elsewhere, where the person asked for it.
      ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
      ...(action === undefined ? {} : { click: () => this.#deps.act(action) }),
      ...(items === undefined ? {} : { submenu: items.map((below) => this.#toElectron(below)) }),
    };
  }
}

/** Packaged, they stand beside the program; in a checkout, in its own folder. */
export function trayIconFolder(): string {
  return app.isPackaged ? `${process.resourcesPath}/icons/tray` : `${app.getAppPath()}/resources/icons/tray`;
}
