import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LoginStart } from './tray/state.ts';
import { writeWhole } from './write-whole.ts';

/** Given to a start that the system makes by itself; `hidden` shows no window. */
export const loginFlag = '--started-at-login';
export const hiddenFlag = '--hidden';

export function loginArguments(value: Exclude<LoginStart, 'off'>): readonly string[] {
  return value === 'hidden' ? [loginFlag, hiddenFlag] : [loginFlag];
}

/** Where this app is started from: the file a person sees, not the place where an AppImage happens to be mounted. */
export function programPath(execPath: string, env: NodeJS.ProcessEnv): string {
  return env['APPIMAGE'] || execPath;
}

/** One file of the desktop's own kind, which starts the app at login or opens our links. */
export class DesktopFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  static autostart(env: NodeJS.ProcessEnv, homeDir: string): DesktopFile {
    const folder = env['XDG_CONFIG_HOME'] || join(homeDir, '.config');
    return new DesktopFile(join(folder, 'autostart', 'io.waystation.desktop.desktop'));
  }

  static links(env: NodeJS.ProcessEnv, homeDir: string): DesktopFile {
    const folder = env['XDG_DATA_HOME'] || join(homeDir, '.local', 'share');
    return new DesktopFile(join(folder, 'applications', 'io.waystation.desktop-links.desktop'));
  }

  /** Undefined when it is not there. */
  read(): string | undefined {
    return existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : undefined;
  }

  /** Written only when it says something else: an app that was moved is found again. */
  write(text: string): void {
    if (this.read() !== text) writeWhole(this.#path, text);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}

export function autostartText(program: string, value: Exclude<LoginStart, 'off'>): string {
  return entry([
    'Name=Waystation',
    'Comment=A personal AI relay',
    `Exec=${quoted(program)} ${loginArguments(value).join(' ')}`,
    'X-GNOME-Autostart-enabled=true',
  ]);
}

export function linksText(program: string): string {
  return entry([
    'Name=Waystation',
    `Exec=${quoted(program)} %u`,
    'NoDisplay=true',
    'MimeType=x-scheme-handler/waystation;',
  ]);
}

function entry(lines: readonly string[]): string {
  return ['[Desktop Entry]', 'Type=Application', 'Version=1.0', ...lines, 'Terminal=false', ''].join('\n');
}

/** As the Desktop Entry Specification quotes an argument; a percent sign begins a field code. */
function quoted(program: string): string {
  return `"${program
    .replaceAll(/["`$\\]/g, String.raw`\$&`)
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%')}"`;
}
