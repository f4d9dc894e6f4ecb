import type { Operations, Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { findMember } from './lookup.ts';
import type { Page } from './page.ts';
import { askHidden, canAsk, readPipedLines } from './secret-input.ts';
import { table } from './table.ts';
import { dateTime } from './time.ts';
import { UsageError } from './usage-error.ts';

const ways = ['password', 'ldap', 'oidc'] as const;

export const memberSignInCommands: readonly Command[] = [
  {
    name: 'member password',
    argument: 'NAME',
    summary: 'set the password a member signs in to their own page with',
    flags: { stdin: { type: 'boolean', text: 'read it from standard input, one line' } },
    run: async (call) => {
      const password = await readPassword(call);
      return await withOperations(call, async (operations) => {
        const { id, name } = await findMember(operations, call.argument ?? '');
        const signIn = await operations.setMemberPassword({ id, password });
        return call.print({ json: signIn, text: () => `${name} signs in with this password from now on, at /me/.` });
      });
    },
  },
  {
    name: 'member sign-ins',
    argument: 'NAME',
    summary: 'show how a member signs in, beside their keys',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const { id, name } = await findMember(operations, call.argument ?? '');
        const signIn = await operations.showMemberSignIn({ id });
        return call.print({ json: signIn, text: (page) => signInText(page, name, signIn) });
      }),
  },
  {
    name: 'member unlink',
    argument: 'NAME',
    summary: 'take a way in away from a member, and end what was opened with it',
    flags: { way: { type: 'string', value: 'WAY', text: ways.join(', ') } },
    run: (call) => withOperations(call, (operations) => unlink(call, operations)),
  },
];

async function unlink(call: Invocation, operations: Operations): Promise<number> {
  const way = call.flags.choice('way', ways);
  if (way === undefined) throw new UsageError('--way is missing.');
  const { id, name } = await findMember(operations, call.argument ?? '');
  const signIn = await operations.removeMemberSignIn({ id, way });
  return call.print({ json: signIn, text: () => `${name} does not sign in by ${way} any more.` });
}

async function readPassword({ flags, io }: Invocation): Promise<string> {
  if (flags.has('stdin')) return (await readPipedLines(io.stdin, ['the password']))[0] ?? '';
  if (canAsk(io)) return await askHidden(io, 'New password');
  throw new UsageError('There is nobody to ask for the password. Pipe it in and add --stdin.');
}

function signInText(page: Page, name: string, { ways: found }: Output<'showMemberSignIn'>): string {
  if (found.length === 0)
    return `${name} signs in with their keys only. Set a password: waystation member password NAME`;
  return table(
    page,
    [
      { title: 'WAY', cell: ({ way }) => way },
      { title: 'SINCE', cell: ({ updatedAt }) => dateTime(updatedAt) },
      { title: 'AS', least: 10, isOptional: true, cell: ({ way, subject }) => (way === 'password' ? '' : subject) },
    ],
    found,
  );
}
