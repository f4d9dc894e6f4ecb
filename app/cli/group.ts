import type { Operations, Output } from '../server/admin/contract.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { definitionList } from './definitions.ts';
import { findAccount, findGroup } from './lookup.ts';
import type { Page } from './page.ts';
import { confirmRemoval, removalFlags } from './removal.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

type Group = Output<'createGroup'>;

const memberFlags: Flags = {
  account: {
    type: 'string',
    value: 'NAME[=PRIORITY]',
    multiple: true,
    text: 'a member, with a priority of its own here if it needs one',
  },
  fallback: { type: 'string', value: 'NAME', text: 'the group whose accounts serve when none of its own can' },
};

export const groupCommands: readonly Command[] = [
  {
    name: 'group create',
    summary: 'make a named set of accounts, for keys to be bound to',
    flags: { name: { type: 'string', value: 'NAME', text: 'what you call it' }, ...memberFlags },
    run: (call) => withOperations(call, (operations) => create(call, operations)),
  },
  {
    name: 'group list',
    summary: 'show all groups and their members',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const groups = await operations.listGroups({});
        const names = await namesOf(operations, groups);
        return call.print({ json: groups, text: (page) => groupTable(page, groups, names) });
      }),
  },
  {
    name: 'group update',
    argument: 'NAME',
    summary: 'change a group; members that are named replace those before',
    flags: {
      name: { type: 'string', value: 'NEW', text: 'a new name' },
      ...memberFlags,
      'no-account': { type: 'boolean', text: 'take all accounts out' },
      'no-fallback': { type: 'boolean', text: 'have no fallback any more' },
    },
    run: (call) => withOperations(call, (operations) => update(call, operations)),
  },
  {
    name: 'group remove',
    argument: 'NAME',
    summary: 'remove a group; its accounts stay',
    flags: removalFlags,
    run: (call) =>
      withOperations(call, async (operations) => {
        const { id, name } = await findGroup(operations, call.argument ?? '');
        await confirmRemoval(call, `Remove the group ${name}?`);
        const removed = await operations.removeGroup({ id });
        return call.print({ json: removed, text: () => `${name} is removed. Its accounts stay.` });
      }),
  },
];

async function create(call: Invocation, operations: Operations): Promise<number> {
  const made = await operations.createGroup({
    name: call.flags.required('name'),
    members: await readMembers(call, operations),
    fallbackId: await readFallback(call, operations),
  });
  return await print(call, operations, made);
}

async function update(call: Invocation, operations: Operations): Promise<number> {
  const { flags } = call;
  const { id } = await findGroup(operations, call.argument ?? '');
  const members = flags.has('account') || flags.has('no-account') ? await readMembers(call, operations) : undefined;
  const fallbackId = flags.has('no-fallback') ? null : await readFallback(call, operations);
  const changes = { name: flags.text('name'), members, fallbackId };
  if (Object.values(changes).every((value) => value === undefined)) {
    throw new UsageError('Say what to change. See: waystation group update --help');
  }
  return await print(call, operations, await operations.updateGroup({ id, ...changes }));
}

async function print(call: Invocation, operations: Operations, group: Group): Promise<number> {
  const names = await namesOf(operations, call.isJson ? [] : await operations.listGroups({}));
  return call.print({ json: group, text: (page) => groupText(page, group, names) });
}

async function readMembers({ flags }: Invocation, operations: Operations): Promise<Group['members']> {
  const members: Group['members'] = [];
  for (const text of flags.list('account')) {
    const [, name = text, priority] = /^(.+)=(\d{1,3})$/.exec(text) ?? [];
    if (priority !== undefined && (Number(priority) < 1 || Number(priority) > 100)) {
      throw new UsageError('A priority is a whole number from 1 to 100.');
    }
    const { id } = await findAccount(operations, name);
    members.push({ accountId: id, priority: priority === undefined ? undefined : Number(priority) });
  }
  return members;
}

async function readFallback({ flags }: Invocation, operations: Operations): Promise<string | undefined> {
  const wanted = flags.text('fallback');
  return wanted === undefined ? undefined : (await findGroup(operations, wanted)).id;
}

async function namesOf(operations: Operations, groups: readonly Group[]): Promise<ReadonlyMap<string, string>> {
  return new Map([...groups, ...(await operations.listAccounts({}))].map(({ id, name }) => [id, name]));
}

function groupTable(page: Page, groups: readonly Group[], names: ReadonlyMap<string, string>): string {
  if (groups.length === 0) return 'There is no group yet. Make one: waystation group create --name NAME';
  return table(
    page,
    [
      { title: 'NAME', least: 10, cell: ({ name }) => name },
      { title: 'ACCOUNTS', least: 20, cell: (group) => membersText(group, names) },
      { title: 'FALLBACK', least: 8, cell: (group) => fallbackText(group, names) },
      { title: 'ID', isOptional: true, cell: ({ id }) => id },
    ],
    groups,
  );
}

function groupText(page: Page, group: Group, names: ReadonlyMap<string, string>): string {
  return definitionList(page, [
    ['Name', group.name],
    ['Id', group.id],
    ['Accounts', membersText(group, names)],
    ['Fallback', fallbackText(group, names)],
  ]);
}

function membersText({ members }: Group, names: ReadonlyMap<string, string>): string {
  if (members.length === 0) return 'none';
  return members
    .map(({ accountId, priority }) => {
      const name = names.get(accountId) ?? accountId;
      return priority === undefined ? name : `${name} (priority ${priority})`;
    })
    .join(', ');
}

function fallbackText({ fallbackId }: Group, names: ReadonlyMap<string, string>): string {
  return fallbackId === undefined ? 'none' : (names.get(fallbackId) ?? fallbackId);
}
