import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import type { Output } from '../server/admin/contract.ts';
import { archiveOf } from '../server/diagnostics/archive.ts';
import { databaseFile } from '../store/data-folder.ts';
import { overHttp } from './client.ts';
import type { Command, Invocation } from './command.ts';
import { configOf, findRunning } from './connection.ts';
import { checkStore } from './doctor.ts';
import { checkPort } from './doctor-local.ts';
import type { Page } from './page.ts';
import { type Column, table } from './table.ts';
import { UsageError } from './usage-error.ts';

type Collected = Output<'collectDiagnostics'>;
type Shown = Pick<Collected['files'][number], 'name' | 'bytes'>;

export const diagnosticsCommand: Command = {
  name: 'diagnostics',
  summary: 'write an archive for somebody who helps you, without secrets',
  flags: {
    output: { type: 'string', value: 'FILE', text: 'where; default: a name with the time, in this folder' },
    'dry-run': { type: 'boolean', text: 'only show which files would be in it' },
  },
  notes: [
    'Secrets, e-mail addresses and your home folder are taken out; nothing of',
    'what calls said is in it. It is sent to nobody: look through it first.',
  ],
  run: write,
};

async function write(call: Invocation): Promise<number> {
  const collected = await collectFor(call);
  const files = collected.files.map(({ name, bytes }) => ({ name, bytes }));
  if (call.flags.has('dry-run')) {
    return call.print({
      json: { file: null, files },
      text: (page) => `${listOf(page, files)}\n\nNothing was written.`,
    });
  }
  const file = resolve(call.flags.text('output') ?? collected.name);
  if (existsSync(file)) throw new UsageError(`${file} is there already. Name another file with --output.`);
  writeFileSync(file, Buffer.from(collected.archive, 'base64'), { mode: 0o600, flag: 'wx' });
  return call.print({ json: { file, files }, text: (page) => `${listOf(page, files)}\n\nWritten to:\n${file}` });
}

/** Also where the database cannot be opened: that is when somebody needs it most. */
async function collectFor(call: Invocation): Promise<Collected> {
  const config = configOf(call);
  const running = await findRunning(config.dataDir);
  if (running) return await overHttp(running).collectDiagnostics({});
  if (config.databaseUrl === undefined && !existsSync(databaseFile(config))) return await collectWithout(config, call);
  const { openDirect } = await import('./direct.ts');
  try {
    const direct = await openDirect(config, { clock: call.io.clock, warn: () => undefined });
    try {
      return await direct.operations.collectDiagnostics({});
    } finally {
      await direct.close();
    }
  } catch {
    // What stands in the way is among the checks.
    return await collectWithout(config, call);
  }
}

async function collectWithout(config: Config, call: Invocation): Promise<Collected> {
  const checks = [await checkPort(config), ...(await checkStore(config, call))];
  const made = archiveOf({ config, version: packageJson.version, now: call.io.clock.now(), checks });
  const files = made.files.map((file) => ({ ...file, bytes: Buffer.byteLength(file.text) }));
  return { name: made.name, files, archive: made.bytes.toString('base64') };
}

const columns: readonly Column<Shown>[] = [
  { title: 'FILE', cell: ({ name }) => name },
  { title: 'BYTES', align: 'right', cell: ({ bytes }) => String(bytes) },
];

function listOf(page: Page, files: readonly Shown[]): string {
  return table(page, columns, files);
}
