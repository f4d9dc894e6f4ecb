import type { Operations, Output } from '../server/admin/contract.ts';
import type { Command } from './command.ts';
import { withOperations } from './connection.ts';
import { compact } from './numbers.ts';
import type { Page } from './page.ts';
import { table } from './table.ts';
import { duration } from './time.ts';

type Session = Output<'listSessions'>[number];

export const sessionCommands: readonly Command[] = [
  {
    name: 'session list',
    summary: 'show which account each session of the running relay stays at',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const sessions = await operations.listSessions({});
        const names = call.isJson ? new Map<string, string>() : await namesOf(operations);
        return call.print({ json: sessions, text: (page) => sessionTable(page, sessions, names) });
      }),
  },
  {
    name: 'session forget',
    argument: 'ID',
    summary: 'let a session choose its account anew with its next call',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const removed = await operations.forgetSession({ id: call.argument ?? '' });
        return call.print({ json: removed, text: () => 'Its next call goes wherever a new session would.' });
      }),
  },
];

async function namesOf(operations: Operations): Promise<ReadonlyMap<string, string>> {
  const all = [...(await operations.listAccounts({})), ...(await operations.listKeys({}))];
  return new Map(all.map(({ id, name }) => [id, name]));
}

function sessionTable(page: Page, sessions: readonly Session[], names: ReadonlyMap<string, string>): string {
  if (sessions.length === 0) return 'No session is alive: they begin with calls, and end an hour after the last one.';
  return table(
    page,
    [
      { title: 'ID', cell: ({ id }) => id },
      { title: 'KEY', least: 8, cell: ({ keyId }) => names.get(keyId) ?? keyId },
      { title: 'MODELS', least: 10, cell: ({ family }) => family },
      { title: 'ACCOUNT', least: 8, cell: ({ accountId }) => names.get(accountId) ?? accountId },
      { title: 'TURNS', align: 'right', cell: ({ turns }) => String(turns) },
      { title: 'CACHED', align: 'right', cell: ({ cachedTokens }) => compact(cachedTokens) },
      { title: 'WARM FOR', align: 'right', cell: ({ warmForMs }) => (warmForMs === 0 ? 'cold' : duration(warmForMs)) },
    ],
    sessions,
  );
}
