import { memberRoles } from '../keys/member-input.ts';
import type { Input, Operations, Output } from '../server/admin/contract.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { limitFlags, readLimits } from './key-limit.ts';
import { findMember, findPlan } from './lookup.ts';
import { memberTable, memberText } from './member-text.ts';
import { counted } from './numbers.ts';
import { confirmRemoval, removalFlags } from './removal.ts';
import { localZone } from './time-zone.ts';
import { UsageError } from './usage-error.ts';

interface OnMember {
  readonly call: Invocation;
  readonly operations: Operations;
  readonly member: Output<'showMember'>;
}

type Patch = Omit<Input<'updateMember'>, 'id'>;

const memberFlags: Flags = {
  email: { type: 'string', value: 'ADDRESS', text: 'their e-mail address' },
  role: { type: 'string', value: 'ROLE', text: `${memberRoles.join(', ')}; default: member` },
  note: { type: 'string', value: 'TEXT', text: 'what should be known about them' },
  plan: { type: 'string', value: 'NAME', text: 'the plan of their keys that are on none themselves' },
  ...limitFlags,
  'max-concurrent': { type: 'string', value: 'N', text: 'calls at once of all their keys together' },
};

/** Flags that take one field away, with what the field is then. */
const clearing: Readonly<Record<string, { readonly text: string; readonly patch: Patch }>> = {
  'no-email': { text: 'no e-mail address any more', patch: { email: null } },
  'no-note': { text: 'no note any more', patch: { note: null } },
  'no-plan': { text: 'on no plan any more', patch: { planId: null } },
  'no-limits': { text: 'no shared limits any more', patch: { limits: [] } },
  'no-max-concurrent': { text: 'any number of calls at once', patch: { maxConcurrent: null } },
};

const sharing = 'Limits of a member are shared by all their keys; a plan’s are for each key.';

export const memberCommands: readonly Command[] = [
  {
    name: 'member list',
    summary: 'show the people whose keys there are, and what they use',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const members = await operations.listMembers({});
        const standings = call.isJson ? [] : await operations.memberStandings({ timeZone: localZone() });
        return call.print({ json: members, text: (page) => memberTable(page, members, standings) });
      }),
  },
  onMember({ name: 'member show', summary: 'show one member, their keys and shared limits' }, show),
  {
    name: 'member create',
    summary: 'add a person; their keys are made with: waystation key create --member NAME',
    flags: { name: { type: 'string', value: 'NAME', text: 'what they are called' }, ...memberFlags },
    notes: [sharing, '  waystation member create --name Ada --plan Developer --limit cost=300usd/month'],
    run: (call) =>
      withOperations(call, async (operations) => {
        const name = call.flags.required('name');
        const created = await operations.createMember({ ...(await readFields(call, operations)), name });
        return await print({ call, operations, member: created });
      }),
  },
  onMember(
    {
      name: 'member update',
      summary: 'change a member, and so all their keys; what is not named stays as it is',
      flags: {
        name: { type: 'string', value: 'NEW', text: 'a new name' },
        ...memberFlags,
        ...Object.fromEntries(Object.entries(clearing).map(([name, { text }]) => [name, { type: 'boolean', text }])),
      },
      notes: [`${sharing} Limits take the place of the old ones.`],
    },
    update,
  ),
  onMember(
    { name: 'member suspend', summary: 'refuse calls with all their keys; nothing is lost' },
    async ({ call, operations, member: { id } }) => {
      const member = await operations.suspendMember({ id });
      const keys = counted(member.keys, 'key');
      return call.print({ json: member, text: () => `${member.name} is suspended: calls with ${keys} are refused.` });
    },
  ),
  onMember(
    { name: 'member resume', summary: 'take calls with their keys again' },
    async ({ call, operations, member: { id } }) => {
      const member = await operations.resumeMember({ id });
      return call.print({ json: member, text: () => `${member.name} is active again.` });
    },
  ),
  onMember(
    {
      name: 'member remove',
      summary: 'remove a member without keys; what they used stays in the sums',
      flags: { 'with-keys': { type: 'boolean', text: 'their keys too: to the trash' }, ...removalFlags },
    },
    remove,
  ),
];

/** A command on one member, called by their name or id. */
function onMember(
  command: Pick<Command, 'name' | 'summary' | 'notes'> & { readonly flags?: Flags },
  run: (on: OnMember) => Promise<number>,
): Command {
  return {
    argument: 'NAME',
    flags: {},
    ...command,
    run: (call) =>
      withOperations(call, async (operations) =>
        run({ call, operations, member: await findMember(operations, call.argument ?? '') }),
      ),
  };
}

async function show(on: OnMember): Promise<number> {
  return await print(on);
}

async function update({ call, operations, member: { id } }: OnMember): Promise<number> {
  const { flags } = call;
  const cleared = Object.entries(clearing).filter(([name]) => flags.has(name));
  const name = flags.text('name');
  const patch = Object.assign(
    { ...(await readFields(call, operations)), ...(name !== undefined && { name }) },
    ...cleared.map(([, one]) => one.patch),
  );
  if (Object.keys(patch).length === 0) throw new UsageError('Say what to change. See: waystation member update --help');
  return await print({ call, operations, member: await operations.updateMember({ id, ...patch }) });
}

async function remove({ call, operations, member: { id, name } }: OnMember): Promise<number> {
  const withKeys = call.flags.has('with-keys');
  await confirmRemoval(call, withKeys ? `Remove ${name} and their keys?` : `Remove ${name}?`);
  const removed = await operations.removeMember({ id, withKeys });
  return call.print({ json: removed, text: () => `${name} is removed.` });
}

async function print({ call, operations, member }: OnMember): Promise<number> {
  const all = call.isJson ? [] : await operations.memberStandings({ timeZone: localZone() });
  const standing = all.find(({ memberId }) => memberId === member.id);
  return call.print({ json: member, text: (page) => memberText(page, member, standing) });
}

/** Only what is said. */
async function readFields({ flags }: Invocation, operations: Operations): Promise<Omit<Input<'createMember'>, 'name'>> {
  const plan = flags.text('plan');
  const fields = {
    email: flags.text('email'),
    role: flags.choice('role', memberRoles),
    note: flags.text('note'),
    planId: plan === undefined ? undefined : (await findPlan(operations, plan)).id,
  };
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(said), ...readLimits(flags) };
}
