import { spawn } from 'node:child_process';
import { findProgram } from '../connect/detect.ts';
import type { Launch, Tool } from '../connect/tool.ts';
import type { ToolId } from '../connect/tool-id.ts';
import { toolOf } from '../connect/tools.ts';
import { AdminError } from '../server/admin/errors.ts';
import type { Invocation } from './command.ts';
import { configOf, withOperations } from './connection.ts';
import { UsageError } from './usage-error.ts';

/** Starts a tool with variables that lead it here, and nothing written. Its key ends with it, at the latest in a day. */
export async function launchOnce(call: Invocation, id: ToolId): Promise<number> {
  const tool = toolOf(id);
  if (!tool?.launch || tool.program === undefined)
    throw new UsageError('That tool cannot be started with variables alone.');
  const { computer } = configOf(call);
  const program = await findProgram(tool.program, computer);
  if (program === undefined) {
    throw new AdminError('not-found', `${tool.name} is not installed here: there is no ${tool.program} on the PATH.`);
  }
  const { launch } = tool;
  return await withOperations(call, async (operations) => {
    const { url } = await operations.status({});
    if (url === null) throw new AdminError('unavailable', 'No relay runs here. Start it: waystation serve');
    const key = await operations.createKey({ name: nameOf(tool), expiresAt: call.io.clock.now() + dayMs });
    try {
      return await run(call, program, { ...launch({ address: url, secret: key.key }), env: computer.env });
    } finally {
      await operations.removeKey({ id: key.id });
    }
  });
}

const dayMs = 24 * 3_600_000;

function nameOf({ name }: Tool): string {
  return `${name}, started once`;
}

interface Started extends Launch {
  readonly env: NodeJS.ProcessEnv;
}

async function run(
  { io, rest }: Invocation,
  program: string,
  { variables, without = [], words, env }: Started,
): Promise<number> {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !without.includes(name)));
  const child = spawn(program, [...words, ...rest], {
    env: { ...kept, ...variables },
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  // What ends the tool must not end us before its key is gone.
  const leave = io.onSignal(() => undefined);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
  } finally {
    leave();
  }
}
