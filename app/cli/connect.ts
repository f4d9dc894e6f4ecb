import type { ToolId } from '../connect/tool-id.ts';
import { toolIds } from '../connect/tool-id.ts';
import type { Operations, Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { launchOnce } from './connect-once.ts';
import { connectedText, connectionTable, planText } from './connect-text.ts';
import { withOperations } from './connection.ts';
import { pageFor } from './page.ts';
import { canAsk, confirm } from './secret-input.ts';
import { UsageError } from './usage-error.ts';

export const connectCommand: Command = {
  name: 'connect',
  argument: '[TOOL]',
  takesRest: true,
  summary: 'send a tool of this computer to the running relay',
  flags: {
    list: { type: 'boolean', text: 'show the tools of this computer and change nothing' },
    'dry-run': { type: 'boolean', text: 'show what would be written and write nothing' },
    yes: { type: 'boolean', text: 'do not ask' },
    wait: { type: 'string', value: 'SECONDS', text: 'then wait for its first request, at most this long' },
    once: { type: 'boolean', text: 'write nothing: start it now, with a key that ends with it' },
  },
  notes: [
    `TOOL is ${toolIds.join(', ')}. Only the tool's own few keys are written; the file is kept as a backup before.`,
    '  waystation connect claude-code --dry-run',
    '  waystation connect codex --once -- exec "say hello"',
  ],
  run: connect,
};

export const disconnectCommand: Command = {
  name: 'disconnect',
  argument: '[TOOL]',
  summary: 'give a tool back what it had before it was connected',
  flags: { all: { type: 'boolean', text: 'every tool that is connected' } },
  notes: ['What another program changed in the meantime stays as it is.'],
  run: disconnect,
};

async function connect(call: Invocation): Promise<number> {
  const { flags } = call;
  if (flags.has('list')) return await withOperations(call, (operations) => list(call, operations));
  const tool = toolIn(call);
  const waitSeconds = flags.integer('wait', { min: 1, max: 3_600 });
  if (flags.has('once')) return await launchOnce(call, tool);
  if (call.rest.length > 0) throw new UsageError('What stands behind -- is for the tool itself: it needs --once.');
  return await withOperations(call, async (operations) => {
    const plan = await operations.planConnection({ tool });
    if (flags.has('dry-run')) return call.print({ json: plan, text: (page) => planText(page, plan) });
    if (!flags.has('yes')) await ask(call, plan);
    const connected = await operations.connectTool({ tool, fingerprint: plan.fingerprint });
    const isSeen = waitSeconds !== undefined && (await firstRequest(call, operations, { connected, waitSeconds }));
    const seen = waitSeconds === undefined ? undefined : isSeen;
    const json = seen === undefined ? connected : { ...connected, firstRequestSeen: seen };
    return call.print({ json, text: () => connectedText(connected, seen) }, seen === false ? 1 : 0);
  });
}

async function list(call: Invocation, operations: Operations): Promise<number> {
  const connections = await operations.listConnections({});
  return call.print({ json: connections, text: (page) => connectionTable(page, connections) });
}

/** Shows what would be written; only a person can say yes to it. */
async function ask({ io, isJson }: Invocation, plan: Output<'planConnection'>): Promise<void> {
  if (isJson || !canAsk(io)) {
    throw new UsageError('Nothing was written: look at it with --dry-run, then agree with --yes.');
  }
  io.stderr.write(`${planText(pageFor(io.stderr, io.clock.now()), plan)}\n`);
  if (!(await confirm(io, 'Write this?'))) throw new UsageError('Nothing was written.');
}

interface Waiting {
  readonly connected: Output<'connectTool'>;
  readonly waitSeconds: number;
}

const lookEveryMs = 500;

async function firstRequest(
  { io }: Invocation,
  operations: Operations,
  { connected, waitSeconds }: Waiting,
): Promise<boolean> {
  const until = io.clock.monotonic() + waitSeconds * 1_000;
  io.stderr.write(`Waiting up to ${waitSeconds} s for the first request of ${connected.name} …\n`);
  while (io.clock.monotonic() < until) {
    const now = (await operations.listConnections({})).find(({ tool }) => tool === connected.tool);
    if (now?.lastUsedAt !== undefined) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    // A timer of our own: the clock's do not keep a command alive.
    setTimeout(resolve, lookEveryMs);
    await promise;
  }
  return false;
}

async function disconnect(call: Invocation): Promise<number> {
  const isAll = call.flags.has('all');
  if (isAll && call.argument !== undefined) throw new UsageError('Name one tool, or all of them with --all.');
  const tool = isAll ? undefined : toolIn(call);
  return await withOperations(call, async (operations) => {
    const ended = tool ? [await operations.disconnectTool({ tool })] : await operations.disconnectTools({});
    const lines = ended.map(({ tool: one, kept }) => {
      const others = kept.length === 0 ? '' : ` Another program changed ${kept.join(', ')}: that stays.`;
      return `${one} is as it was before it was connected.${others}`;
    });
    return call.print({ json: isAll ? ended : ended[0], text: () => lines.join('\n') || 'No tool is connected.' });
  });
}

function toolIn({ argument }: Invocation): ToolId {
  if (argument === undefined)
    throw new UsageError(`Name a tool: ${toolIds.join(', ')}. See: waystation connect --list`);
  const found = toolIds.find((id) => id === argument);
  if (found) return found;
  throw new UsageError(`There is no such tool. Known are: ${toolIds.join(', ')}`);
}
