import type { Input, Operations, Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { canAsk, confirm } from './secret-input.ts';
import { UsageError } from './usage-error.ts';

export const joinCommand: Command = {
  name: 'join',
  argument: 'INVITE',
  summary: 'use an invite to another Waystation: it becomes an account of yours',
  flags: {
    at: { type: 'string', value: 'URL', text: 'where it is, such as https://192.168.1.20:8485; for a code' },
    name: { type: 'string', value: 'NAME', text: 'what you call the account; default: its host' },
    fingerprint: { type: 'string', value: 'AB:CD:…', text: 'of its authority, as its owner told it; for a code' },
    yes: { type: 'boolean', text: 'do not ask, also where nothing is encrypted' },
  },
  notes: [
    'The link is best in quotes. It holds the fingerprint of the authority, and no other certificate is taken from then on.',
    '  waystation join "https://192.168.1.20:8485/join/#t=…"',
    '  waystation join 7Q2M-9KXA --at https://192.168.1.20:8485',
  ],
  run: (call) => withOperations(call, (operations) => join(call, operations)),
};

async function join(call: Invocation, operations: Operations): Promise<number> {
  const { argument = '', flags } = call;
  const invited = { invite: argument, at: flags.text('at') };
  const host = await operations.lookAtInvite(invited);
  const accepted = await accept(call, host);
  const name = flags.text('name') ?? host.name;
  const account = await operations.joinRelay({ ...invited, name, ...accepted });
  const text = `You joined as ${account.memberName}: the account ${account.name} is added. Try it: waystation account test ${account.id}`;
  return call.print({ json: account, text: () => text });
}

type Accepted = Pick<Input<'joinRelay'>, 'fingerprint' | 'allowPlain'>;

/** What the invite itself does not vouch for, a person does. */
async function accept(call: Invocation, host: Output<'lookAtInvite'>): Promise<Accepted> {
  if (host.encryption === 'plain') {
    await mustAccept(call, 'Nothing is encrypted there: everybody on the network can read your key and your prompts.');
    return { allowPlain: true };
  }
  const { fingerprint, isNamed } = host;
  if (fingerprint === undefined || isNamed) return {};
  const told = call.flags.text('fingerprint');
  if (told === undefined) {
    await mustAccept(call, `Its authority has the fingerprint ${fingerprint}. Compare it with what its owner sees.`);
    return { fingerprint };
  }
  if (told.toLowerCase() === fingerprint.toLowerCase()) return { fingerprint };
  throw new UsageError(
    `${host.origin} is not who invited you: its authority is ${fingerprint}. Nothing was sent there.`,
  );
}

async function mustAccept({ flags, io, isJson }: Invocation, warning: string): Promise<void> {
  if (flags.has('yes')) return;
  if (isJson || !canAsk(io)) throw new UsageError(`${warning} If that is right, add --yes.`);
  if (!(await confirm(io, `${warning} Join?`))) throw new UsageError('You did not join. The invite is still good.');
}
