import { renderUnicodeCompact } from 'uqr';
import type { Operations, Output } from '../server/admin/contract.ts';
import { invitedRoles } from '../server/admin/contract-invites.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { definitionList } from './definitions.ts';
import { findGroup, findMember, findPlan } from './lookup.ts';
import type { Page } from './page.ts';
import { type Column, table } from './table.ts';
import { dateTime, shortTime } from './time.ts';
import { UsageError } from './usage-error.ts';

type Invite = Output<'listInvites'>[number];
type Issued = Output<'createInvite'>;

const newFlags: Flags = {
  name: { type: 'string', value: 'NAME', text: 'what the new member is called' },
  member: { type: 'string', value: 'NAME', text: 'a member who is there, for a further key' },
  role: { type: 'string', value: 'ROLE', text: `of the new member: ${invitedRoles.join(', ')}; default: member` },
  plan: { type: 'string', value: 'NAME', text: 'the plan of the new member’s keys' },
  group: { type: 'string', value: 'NAME', text: 'the only group whose accounts may serve the key' },
};

export const inviteCommands: readonly Command[] = [
  {
    name: 'invite list',
    summary: 'show who is invited, and which invites were used',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const invites = await operations.listInvites({});
        return call.print({ json: invites, text: (page) => listText(page, invites) });
      }),
  },
  {
    name: 'invite create',
    summary: 'invite somebody: a link and a code that make one key, once, within 15 minutes',
    flags: newFlags,
    notes: [
      'Send the link, or read the code aloud. No key is in either: it is made when they are used.',
      '  waystation invite create --name Ada --plan Developer',
    ],
    run: create,
  },
  {
    name: 'invite revoke',
    argument: 'ID',
    summary: 'take an invite back that nobody has used, by its id',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const invite = await operations.revokeInvite({ id: call.argument ?? '' });
        return call.print({ json: invite, text: () => `The invite for ${nameOf(invite)} works no more.` });
      }),
  },
];

async function create(call: Invocation): Promise<number> {
  const { flags } = call;
  const name = flags.text('name');
  const member = flags.text('member');
  if ((name === undefined) === (member === undefined)) {
    throw new UsageError('Say who is invited: --name for a new member, or --member for one who is there.');
  }
  return await withOperations(call, async (operations) => {
    const issued = await operations.createInvite({
      ...(member === undefined ? { name } : { memberId: (await findMember(operations, member)).id }),
      role: flags.choice('role', invitedRoles),
      ...(await bound(call, operations)),
    });
    return call.print({ json: issued, text: (page) => issuedText(page, issued) });
  });
}

async function bound({ flags }: Invocation, operations: Operations) {
  const [plan, group] = [flags.text('plan'), flags.text('group')];
  return {
    planId: plan === undefined ? undefined : (await findPlan(operations, plan)).id,
    groupId: group === undefined ? undefined : (await findGroup(operations, group)).id,
  };
}

function issuedText(page: Page, { invite, code, links, pages }: Issued): string {
  const [link = ''] = links;
  const about = definitionList(page, [
    ['For', nameOf(invite)],
    ['Code', code],
    ['Good until', dateTime(invite.expiresAt)],
    ['Type it at', pages[0]],
  ]);
  const others = links.length > 1 ? `\n\nBy other addresses:\n${links.slice(1).join('\n')}` : '';
  return `${about}\n\nLink:\n${link}${others}\n\n${renderUnicodeCompact(link)}\n\nShown this once. It makes one key, then it is over.`;
}

function listText(page: Page, invites: readonly Invite[]): string {
  if (invites.length === 0) return 'Nobody is invited. Invite somebody: waystation invite create --name NAME';
  const columns: readonly Column<Invite>[] = [
    { title: 'FOR', least: 10, cell: nameOf },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'CREATED', cell: ({ createdAt }) => shortTime(createdAt) },
    { title: 'UNTIL', cell: ({ expiresAt }) => shortTime(expiresAt) },
    { title: 'KEY', cell: ({ takenBy = '-' }) => takenBy },
    { title: 'ID', cell: ({ id }) => id },
  ];
  return table(page, columns, invites);
}

function nameOf({ memberName, memberId }: Invite): string {
  return memberName ?? memberId;
}
