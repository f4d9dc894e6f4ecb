import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type Electron from 'electron';

/** Of a menu, what it was made of: a test reads it and clicks. */
export class Menu {
  readonly template: readonly Electron.MenuItemConstructorOptions[];

  private constructor(template: readonly Electron.MenuItemConstructorOptions[]) {
    this.template = template;
  }

  static buildFromTemplate(template: Electron.MenuItemConstructorOptions[]): Menu {
    return new Menu(template);
  }

  static setApplicationMenu(): void {
    // Nothing draws it.
  }
}

/** An icon that nobody draws; its picture has to be there. */
export class Tray extends EventEmitter {
  static readonly all: Tray[] = [];
  image: string;
  toolTip = '';
  menu: Menu | undefined;
  menusSet = 0;

  constructor(image: string) {
    super();
    this.image = mustExist(image);
    Tray.all.push(this);
  }

  setImage(image: string): void {
    this.image = mustExist(image);
  }

  setToolTip(toolTip: string): void {
    this.toolTip = toolTip;
  }

  setContextMenu(menu: Menu): void {
    this.menu = menu;
    this.menusSet += 1;
  }
}

function mustExist(image: string): string {
  if (!existsSync(image)) throw new Error(`The tray has no picture at ${image}`);
  return image;
}
