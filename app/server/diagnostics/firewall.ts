import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Check } from './check.ts';

const name = 'firewall';
const waitMs = 3_000;

/** Only read, and without rights that the relay does not have: what cannot be told is said so. */
export async function firewallOf(platform: NodeJS.Platform): Promise<Check> {
  const isOn = await isFirewallOn(platform);
  if (isOn === undefined) return { name, outcome: 'warn', message: 'cannot be asked from here', fix: fixOf(platform) };
  if (!isOn) return { name, outcome: 'pass', message: 'this computer has none that is on' };
  return { name, outcome: 'warn', message: 'is on, and may turn other computers away', fix: fixOf(platform) };
}

async function isFirewallOn(platform: NodeJS.Platform): Promise<boolean | undefined> {
  switch (platform) {
    case 'darwin':
      return saysOn(
        await answerOf('/usr/libexec/ApplicationFirewall/socketfilterfw', ['--getglobalstate']),
        /enabled/i,
      );
    case 'win32':
      return saysOn(await answerOf('netsh', ['advfirewall', 'show', 'currentprofile', 'state']), /\bON\b/);
    case 'linux':
      return isLinuxFirewallOn();
    default:
      return undefined;
  }
}

function isLinuxFirewallOn(): boolean | undefined {
  if (existsSync('/run/firewalld.pid')) return true;
  try {
    return /^ENABLED=yes/m.test(readFileSync('/etc/ufw/ufw.conf', 'utf8'));
  } catch {
    return undefined;
  }
}

function saysOn(answer: string | undefined, isOn: RegExp): boolean | undefined {
  return answer === undefined ? undefined : isOn.test(answer);
}

function answerOf(program: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, words, { timeout: waitMs }, (error, stdout) => resolve(error ? undefined : stdout));
  });
}

function fixOf(platform: NodeJS.Platform): string {
  if (platform === 'darwin')
    return 'System Settings, Network, Firewall, Options: allow incoming connections for Waystation';
  if (platform === 'win32') return 'Windows Security, Firewall, Allow an app: tick Waystation for private networks';
  return 'if others cannot reach it, allow the port: ufw allow PORT/tcp, or firewall-cmd --add-port=PORT/tcp';
}
