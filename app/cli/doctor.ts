import { existsSync } from 'node:fs';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import type { Runtime } from '../instance.ts';
import { VaultUnavailable } from '../secrets/vault.ts';
import type { Check } from '../server/diagnostics/check.ts';
import { checkComputer } from '../server/diagnostics/computer-checks.ts';
import { databaseFile } from '../store/data-folder.ts';
import { overHttp } from './client.ts';
import type { Command, Invocation } from './command.ts';
import { configOf, findRunning } from './connection.ts';
import { checkPort } from './doctor-local.ts';
import { failureOf } from './failure.ts';
import type { Colour, Page } from './page.ts';
import { cut, pad, plain, widthOf, wrap } from './text.ts';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'check everything the relay needs, with a fix for what is wrong',
  flags: {},
  notes: ['Ends with exit code 1 when a check failed.'],
  run: examine,
};

async function examine(call: Invocation): Promise<number> {
  const config = configOf(call);
  const running = await findRunning(config.dataDir);
  const checks = running
    ? [checkVersion(running), ...(await overHttp(running).doctor({})).checks]
    : [await checkPort(config), ...(await checkStore(config, call))];
  const healthy = checks.every(({ outcome }) => outcome !== 'fail');
  return call.print({ json: { healthy, checks }, text: (page) => reportText(page, checks) }, healthy ? 0 : 1);
}

function checkVersion({ pid, url, version }: Runtime): Check {
  const name = 'relay';
  const message = `runs at ${url} (process ${pid}, version ${version})`;
  if (version === packageJson.version) return { name, outcome: 'pass', message };
  return {
    name,
    outcome: 'warn',
    message: `${message}, and this command is ${packageJson.version}`,
    fix: 'restart the relay',
  };
}

/** What the relay would meet when it started now. */
export async function checkStore(config: Config, { io }: Invocation): Promise<readonly Check[]> {
  if (config.databaseUrl === undefined && !existsSync(databaseFile(config))) {
    const none: Check = { name: 'database', outcome: 'pass', message: 'none yet; it is made at the first start' };
    return [...(await checkComputer(config)), none];
  }
  const { openDirect } = await import('./direct.ts');
  try {
    const direct = await openDirect(config, { clock: io.clock, warn: () => undefined });
    try {
      return (await direct.operations.doctor({})).checks;
    } finally {
      await direct.close();
    }
  } catch (error) {
    return [...(await checkComputer(config)), checkOf(error)];
  }
}

/** Why the store cannot be opened. */
function checkOf(error: unknown): Check {
  if (error instanceof VaultUnavailable) {
    return { name: 'secrets', outcome: 'fail', message: error.happened, fix: error.remedy };
  }
  const { message } = failureOf(error);
  return { name: 'database', outcome: 'fail', message, fix: 'put back a copy from the folder snapshots, or a backup' };
}

const marks: Readonly<Record<Check['outcome'], { readonly word: string; readonly colour: Colour }>> = {
  pass: { word: 'pass', colour: 'green' },
  warn: { word: 'warn', colour: 'yellow' },
  fail: { word: 'FAIL', colour: 'red' },
};

const longestName = 24;

function reportText(page: Page, checks: readonly Check[]): string {
  const width = Math.min(longestName, Math.max(...checks.map(({ name }) => widthOf(plain(name)))));
  const indent = ' '.repeat(width + 8);
  const lines = checks.flatMap(({ name, outcome, message, fix }) => {
    const { word, colour } = marks[outcome];
    const told = wrap(plain(message), page.width, indent).slice(indent.length);
    const line = `${page.paint(colour, word)}  ${pad(cut(plain(name), width), width)}  ${told}`;
    return fix === undefined ? [line] : [line, wrap(`Fix: ${plain(fix)}`, page.width, indent)];
  });
  const failures = checks.filter(({ outcome }) => outcome === 'fail').length;
  return [...lines, '', failures === 0 ? 'Nothing failed.' : `${failures} of ${checks.length} checks failed.`].join(
    '\n',
  );
}
