import type { Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import type { Page } from './page.ts';
import { askHidden, canAsk, readPipedLines } from './secret-input.ts';
import { table } from './table.ts';
import { dateTime, shortTime } from './time.ts';
import { UsageError } from './usage-error.ts';

type Change = Output<'listAudit'>['entries'][number];
type SignIn = Output<'listSignIns'>[number];

export const adminCommands: readonly Command[] = [
  {
    name: 'admin password set',
    summary: 'set the password of the admin pages',
    flags: { stdin: { type: 'boolean', text: 'read it from standard input, one line' } },
    notes: [
      'Browsers may use it once that is allowed:',
      '  waystation settings set admin.access --value \'{"allowPassword":true}\'',
    ],
    run: async (call) => {
      const password = await readPassword(call);
      return await withOperations(call, async (operations) => {
        const state = await operations.setPassword({ password });
        return call.print({ json: state, text: () => 'The password is set. Everybody else is signed out.' });
      });
    },
  },
  {
    name: 'admin password clear',
    summary: 'take the password of the admin pages away',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const state = await operations.clearPassword({});
        return call.print({ json: state, text: () => 'There is no password any more. Everybody is signed out.' });
      }),
  },
  {
    name: 'admin sessions',
    summary: 'show who is signed in to the admin pages',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const sessions = await operations.listSignIns({});
        return call.print({ json: sessions, text: (page) => sessionTable(page, sessions) });
      }),
  },
  {
    name: 'admin revoke',
    argument: 'SESSION',
    summary: 'sign a browser out of the admin pages',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const removed = await operations.revokeSignIn({ id: call.argument ?? '' });
        return call.print({ json: removed, text: () => `${removed.id} is signed out.` });
      }),
  },
  {
    name: 'audit list',
    summary: 'show who changed what, the newest first',
    flags: {
      limit: { type: 'string', value: 'N', text: 'how many, up to 500; default: 50' },
      kind: { type: 'string', value: 'KIND', text: 'only changes of account, key, group, setting, alias or sign-in' },
      object: { type: 'string', value: 'ID', text: 'only changes of this one' },
      before: { type: 'string', value: 'ENTRY', text: 'only entries older than this one' },
    },
    run: (call) => withOperations(call, async (operations) => listAudit(call, operations)),
  },
];

async function listAudit(call: Invocation, operations: Parameters<Parameters<typeof withOperations>[1]>[0]) {
  const { flags } = call;
  const page = await operations.listAudit({
    limit: flags.integer('limit', { min: 1, max: 500 }) ?? 50,
    kind: flags.text('kind'),
    object: flags.text('object'),
    before: flags.text('before'),
  });
  return call.print({ json: page, text: (to) => auditTable(to, page.entries) });
}

async function readPassword({ flags, io }: Invocation): Promise<string> {
  if (flags.has('stdin')) return (await readPipedLines(io.stdin, ['the password']))[0] ?? '';
  if (canAsk(io)) return await askHidden(io, 'New password');
  throw new UsageError('There is nobody to ask for the password. Pipe it in and add --stdin.');
}

function sessionTable(page: Page, sessions: readonly SignIn[]): string {
  if (sessions.length === 0) return 'Nobody is signed in to the admin pages.';
  return table(
    page,
    [
      { title: 'SESSION', cell: ({ id }) => id },
      { title: 'BY', cell: ({ way }) => way },
      { title: 'FROM', isOptional: true, cell: ({ address }) => address ?? '' },
      { title: 'BROWSER', least: 10, isOptional: true, cell: ({ userAgent }) => userAgent ?? '' },
      { title: 'LAST USED', cell: ({ lastUsedAt }) => dateTime(lastUsedAt) },
      { title: 'STATE', cell: ({ isLocked }) => (isLocked ? 'locked' : 'open') },
    ],
    sessions,
  );
}

function auditTable(page: Page, entries: readonly Change[]): string {
  if (entries.length === 0) return 'Nothing was changed yet.';
  return table(
    page,
    [
      { title: 'TIME', cell: ({ at }) => shortTime(at) },
      { title: 'WHO', cell: ({ actor, actorId }) => actorId ?? actor },
      { title: 'DID', cell: ({ action }) => action },
      { title: 'WHAT', least: 8, cell: ({ kind, object }) => `${kind} ${object}`.trim() },
      { title: 'CHANGE', least: 12, cell: changeText },
    ],
    entries,
  );
}

function changeText({ before, after }: Change): string {
  if (before === null && after === null) return '';
  if (before === null) return `made ${JSON.stringify(after)}`;
  if (after === null) return 'removed';
  return `${JSON.stringify(before)} → ${JSON.stringify(after)}`;
}
