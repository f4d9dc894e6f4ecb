import { resolve } from 'node:path';
import { importKinds } from '../imports/import-kind.ts';
import type { Operations, Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { importedText, importPlanText } from './import-text.ts';
import { pageFor } from './page.ts';
import { canAsk, confirm } from './secret-input.ts';
import { UsageError } from './usage-error.ts';

export const importCommand: Command = {
  name: 'import',
  argument: 'PROGRAM [FILE]',
  summary: 'take over the accounts and keys of another program of this kind',
  flags: {
    'dry-run': { type: 'boolean', text: 'show what would be taken and what would not, and take nothing' },
    yes: { type: 'boolean', text: 'do not ask' },
    'allow-local-upstream': { type: 'boolean', text: 'take those on this computer or its network too' },
  },
  notes: [
    `PROGRAM is ${importKinds.join(', ')}. Without FILE, the one where that program keeps it.`,
    'The file is only read. Logins of subscriptions are not copied: sign in to them here.',
    '  waystation import cc-switch --dry-run',
    '  waystation import claude-relay-service backup.json',
  ],
  run: importData,
};

type Plan = Output<'planImport'>;

async function importData(call: Invocation): Promise<number> {
  const { flags, words } = call;
  const [program, given] = words;
  const kind = importKinds.find((one) => one === program);
  if (!kind) throw new UsageError(`Name a program: ${importKinds.join(', ')}.`);
  if (given === undefined && kind === 'claude-relay-service') {
    throw new UsageError('Name the file that it was exported to: waystation import claude-relay-service FILE');
  }
  const source = { kind, file: given === undefined ? undefined : resolve(given) };
  return await withOperations(call, async (operations) => {
    const plan = await operations.planImport(source);
    if (flags.has('dry-run')) return call.print({ json: plan, text: (page) => importPlanText(page, plan) });
    const allowLocalUpstream = flags.has('allow-local-upstream');
    const wanted = plan.entries.filter(({ reason, isLocal }) => reason === null && (!isLocal || allowLocalUpstream));
    if (wanted.length === 0) return call.print({ json: nothing(plan), text: (page) => importPlanText(page, plan) });
    if (!flags.has('yes')) await ask(call, plan, wanted.length);
    return await take(call, operations, { ...source, allowLocalUpstream, entries: wanted.map(({ ref }) => ref) });
  });
}

function nothing({ kind, file }: Plan): Output<'importData'> {
  return { kind, file, imported: [], left: [] };
}

/** Shows what would be taken; only a person can say yes to it. */
async function ask({ io, isJson }: Invocation, plan: Plan, count: number): Promise<void> {
  if (isJson || !canAsk(io)) {
    throw new UsageError('Nothing was taken: look at it with --dry-run, then agree with --yes.');
  }
  io.stderr.write(`${importPlanText(pageFor(io.stderr, io.clock.now()), plan)}\n`);
  if (!(await confirm(io, count === 1 ? 'Take it?' : `Take these ${count}?`)))
    throw new UsageError('Nothing was taken.');
}

async function take(
  call: Invocation,
  operations: Operations,
  question: Parameters<Operations['importData']>[0],
): Promise<number> {
  const answer = await operations.importData(question);
  return call.print({ json: answer, text: (page) => importedText(page, answer) }, answer.left.length > 0 ? 1 : 0);
}
