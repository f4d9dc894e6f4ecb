import { existsSync } from 'node:fs';
import { type Config, loadConfig } from '../config.ts';
import { type Runtime, readRuntime } from '../instance.ts';
import { type Operations, routes } from '../server/admin/contract.ts';
import { AdminError } from '../server/admin/errors.ts';
import { databaseFile } from '../store/data-folder.ts';
import { type Connection, callRelay, exportFrom, overHttp, RelayUnreachable } from './client.ts';
import type { Invocation } from './command.ts';
import { tell } from './page.ts';

/** Runs `work` on the relay of the data folder, or on its store when no relay runs. */
export async function withOperations<Result>(
  call: Invocation,
  work: (operations: Operations) => Promise<Result>,
): Promise<Result> {
  return await withConnection(call, ({ operations }) => work(operations));
}

export async function withConnection<Result>(
  call: Invocation,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const config = configOf(call);
  const running = await findRunning(config.dataDir);
  if (running) {
    return await work({ operations: overHttp(running), exportUsage: (question) => exportFrom(running, question) });
  }
  // Loaded late: most commands talk to a running relay and need none of it.
  const { openDirect } = await import('./direct.ts');
  const direct = await openDirect(config, { clock: call.io.clock, warn: warnOnce(config, call) });
  try {
    return await work(direct);
  } finally {
    await direct.close();
  }
}

/** How secrets are kept is said when they begin to be, and by `doctor`; not by every command. */
function warnOnce(config: Config, { io }: Invocation): (message: string) => void {
  const isNew = config.databaseUrl !== undefined || !existsSync(databaseFile(config));
  return (message) => {
    if (isNew) tell(io.stderr, message);
  };
}

export function configOf({ flags, io }: Invocation): Config {
  return loadConfig({ flags: flags.raw, ...(io.env ? { env: io.env } : {}) });
}

/** Undefined when none runs: no file, a dead process, or somebody else's process or port by now. */
export async function findRunning(dataDir: string): Promise<Runtime | undefined> {
  const runtime = readRuntime(dataDir);
  if (!runtime) return undefined;
  try {
    await callRelay(runtime, routes.status, {});
    return runtime;
  } catch (error) {
    // It runs, and has a question first.
    if (error instanceof AdminError && error.kind === 'waiting') return runtime;
    if (error instanceof RelayUnreachable || (error instanceof AdminError && error.kind === 'signed-out')) {
      return undefined;
    }
    throw error;
  }
}
