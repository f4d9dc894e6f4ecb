import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type * as Electron from 'electron';
import type { Desktop } from './driver.ts';

/** Variables of a Linux desktop whose session bus says that somebody draws tray icons. */
export function trayEnvironment(profile: string): Record<string, string> {
  const bin = join(profile, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'gdbus'), "#!/bin/sh\necho '(<true>,)'\n");
  chmodSync(join(bin, 'gdbus'), 0o755);
  return { PATH: [bin, process.env['PATH']].join(delimiter), APPIMAGE: join(profile, 'W.AppImage') };
}

/** The lines of the tray's menu, without what is below them; none before there is one. */
export async function menuOf(app: Desktop): Promise<readonly string[]> {
  return await app.evaluate(menuLabels, undefined).catch(() => []);
}

/** The lines below one of them. */
export async function submenuOf(app: Desktop, label: string): Promise<readonly string[]> {
  return await app.evaluate(submenuLabels, label);
}

/** Clicks the last one, below the others. */
export async function choose(app: Desktop, ...labels: readonly string[]): Promise<void> {
  await app.evaluate(clickMenu, labels);
}

interface TestItem {
  readonly label?: string;
  readonly submenu?: readonly TestItem[];
  readonly click?: () => void;
}

function menuLabels({ Tray }: typeof Electron): string[] {
  const template: readonly TestItem[] = Reflect.get(Tray, 'all')[0].menu.template;
  return template.map(({ label = '' }) => label);
}

function submenuLabels({ Tray }: typeof Electron, wanted: string): string[] {
  const template: readonly TestItem[] = Reflect.get(Tray, 'all')[0].menu.template;
  const found = template.find(({ label }) => label === wanted);
  return (found?.submenu ?? []).map(({ label = '' }) => label);
}

function clickMenu({ Tray }: typeof Electron, labels: readonly string[]): void {
  let items: readonly TestItem[] = Reflect.get(Tray, 'all')[0].menu.template;
  let found: TestItem | undefined;
  for (const label of labels) {
    found = items.find((item) => item.label === label);
    items = found?.submenu ?? [];
  }
  if (!found?.click) throw new Error(`The menu has no ${labels.join(' > ')}`);
  found.click();
}
