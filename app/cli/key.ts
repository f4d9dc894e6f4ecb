import { type Operations, type Output, service } from '../server/admin/contract.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import type { FlagValues } from './flags.ts';
import { keyLimit, limitFlags, readLimits } from './key-limit.ts';
import { keyTable, keyText, standingTable } from './key-text.ts';
import { findAccount, findGroup, findKey } from './lookup.ts';
import type { Page } from './page.ts';
import { confirmRemoval, removalFlags } from './removal.ts';
import { parseMoment } from './time.ts';
import { UsageError } from './usage-error.ts';

type Key = Output<'listKeys'>[number];

interface OnKey {
  readonly call: Invocation;
  readonly operations: Operations;
  readonly key: Key;
}

const createFlags: Flags = {
  name: { type: 'string', value: 'NAME', text: 'who or what will use it' },
  model: {
    type: 'string',
    value: 'PATTERN',
    multiple: true,
    text: 'a model it may use, such as claude-*; default: all',
  },
  service: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    text: `what it may reach (${service.options.join(', ')}); default: all`,
  },
  expires: { type: 'string', value: 'TIME', text: '30d, 2027-01-31, or an ISO time' },
  account: { type: 'string', value: 'NAME', text: 'the only account that may serve it; default: any' },
  group: { type: 'string', value: 'NAME', text: 'the only group whose accounts may serve it; default: any' },
  own: { type: 'boolean', text: 'its calls are your own, wherever they come from' },
  foreign: { type: 'boolean', text: 'its calls are not your own, even from this computer' },
  'max-concurrent': { type: 'string', value: 'N', text: 'calls at once; default: no limit' },
  ...limitFlags,
};

export const keyCommands: readonly Command[] = [
  { name: 'key create', summary: 'make a key for a client; it is shown this once', flags: createFlags, run: create },
  {
    name: 'key list',
    summary: 'show all keys',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const keys = await operations.listKeys({});
        return call.print({ json: keys, text: (page) => keyTable(page, keys) });
      }),
  },
  onKey('show', 'show one key, without its secret', async ({ call, operations, key }) => {
    const account = await boundAccount(operations, key);
    const shown = await operations.showKey({ id: key.id });
    const text = (page: Page) => {
      const standings = shown.standings.length === 0 ? '' : `\n\n${standingTable(page, shown.standings)}`;
      return `${keyText(page, shown, account)}${standings}`;
    };
    return call.print({ json: shown, text });
  }),
  keyLimit,
  onKey('disable', 'refuse calls with a key', async ({ call, operations, key: { id } }) => {
    const key = await operations.updateKey({ id, isEnabled: false });
    return call.print({ json: key, text: () => `${key.name} is disabled.` });
  }),
  onKey('enable', 'take calls with a key again', async ({ call, operations, key: { id } }) => {
    const key = await operations.updateKey({ id, isEnabled: true });
    return call.print({ json: key, text: () => `${key.name} is enabled.` });
  }),
  {
    ...onKey(
      'remove',
      'remove a key for good; its past usage stays',
      async ({ call, operations, key: { id, name } }) => {
        await confirmRemoval(call, `Remove the key ${name}?`);
        const removed = await operations.removeKey({ id });
        return call.print({ json: removed, text: () => `${name} is removed. Its past usage stays.` });
      },
    ),
    flags: removalFlags,
  },
];

/** A command on one key, called by its name or id. */
function onKey(verb: string, summary: string, run: (on: OnKey) => Promise<number>): Command {
  return {
    name: `key ${verb}`,
    argument: 'NAME',
    summary,
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        return await run({ call, operations, key: await findKey(operations, call.argument ?? '') });
      }),
  };
}

async function create(call: Invocation): Promise<number> {
  const { flags } = call;
  const expires = flags.text('expires');
  const input = {
    name: flags.required('name'),
    models: [...flags.list('model')],
    services: readServices(flags),
    expiresAt: expires && parseMoment('expires', expires, { from: call.io.clock.now(), direction: 1 }),
    ...readLimits(flags),
    isOwn: flags.has('own') ? true : flags.has('foreign') ? false : undefined,
  };
  const wanted = flags.text('account');
  const wantedGroup = flags.text('group');
  return await withOperations(call, async (operations) => {
    const account = wanted === undefined ? undefined : await findAccount(operations, wanted);
    const group = wantedGroup === undefined ? undefined : await findGroup(operations, wantedGroup);
    const limits = { expiresAt: input.expiresAt || undefined, accountId: account?.id, groupId: group?.id };
    const key = await operations.createKey({ ...input, ...limits });
    const shownOnce = [
      '',
      `  ${key.key}`,
      '',
      'Copy it now: it is stored as a digest only and cannot be shown again.',
    ].join('\n');
    return call.print({ json: key, text: (page) => `${keyText(page, key, account?.name)}\n${shownOnce}` });
  });
}

async function boundAccount(operations: Operations, { accountId }: Key): Promise<string | undefined> {
  if (accountId === undefined) return undefined;
  const account = (await operations.listAccounts({})).find(({ id }) => id === accountId);
  return account?.name ?? `${accountId} (removed since)`;
}

function readServices(flags: FlagValues) {
  return flags.list('service').map((name) => {
    const known = service.options.find((option) => option === name);
    if (known) return known;
    throw new UsageError(`--service must be ${service.options.join(' or ')}.`);
  });
}
