import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const timeoutMs = 2_000;

/** Asking the session bus whether somebody draws tray icons, in the words of whichever tool this system has. */
const questions: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    'gdbus',
    [
      ...['call', '--session', '--timeout', '1', '--dest', 'org.kde.StatusNotifierWatcher'],
      ...['--object-path', '/StatusNotifierWatcher', '--method', 'org.freedesktop.DBus.Properties.Get'],
      ...['org.kde.StatusNotifierWatcher', 'IsStatusNotifierHostRegistered'],
    ],
    /true/,
  ],
  [
    'busctl',
    [
      ...['--user', '--timeout=1', 'get-property', 'org.kde.StatusNotifierWatcher', '/StatusNotifierWatcher'],
      ...['org.kde.StatusNotifierWatcher', 'IsStatusNotifierHostRegistered'],
    ],
    /^b true/,
  ],
  [
    'dbus-send',
    [
      ...['--session', '--print-reply=literal', '--reply-timeout=1000', '--dest=org.kde.StatusNotifierWatcher'],
      ...['/StatusNotifierWatcher', 'org.freedesktop.DBus.Properties.Get'],
      ...['string:org.kde.StatusNotifierWatcher', 'string:IsStatusNotifierHostRegistered'],
    ],
    /boolean true/,
  ],
];

/** Whether a tray icon would be seen. Without a certain yes there is none: what is hidden could not be found again. */
export async function hasTrayHost(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (platform !== 'linux') return true;
  for (const [program, args, yes] of questions) {
    const answer = await ask(program, args, env);
    if (answer !== 'no-program') return yes.test(answer);
  }
  return false;
}

async function ask(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], { timeout: timeoutMs, env });
    return stdout.trim();
  } catch (error) {
    // A bus that is not there, or nobody by that name, is an answer too.
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'no-program' : '';
  }
}
