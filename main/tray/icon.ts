import { join } from 'node:path';
import type { TrayShape } from './state.ts';

/** The file of a shape: macOS colours a template itself, elsewhere a light icon stands on a dark panel. */
export function iconFile(folder: string, shape: TrayShape, on: { platform: NodeJS.Platform; isDark: boolean }): string {
  if (on.platform === 'darwin') return join(folder, `${shape}Template.png`);
  const theme = on.isDark ? 'light' : 'dark';
  return join(folder, `${shape}-${theme}.${on.platform === 'win32' ? 'ico' : 'png'}`);
}
