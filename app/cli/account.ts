import type { Operations, Output } from '../server/admin/contract.ts';
import { balanceText } from './account-condition.ts';
import { errorTable, timelineText } from './account-history.ts';
import { accountTable, accountText } from './account-text.ts';
import type { Answer, Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { findAccount } from './lookup.ts';
import type { Page } from './page.ts';
import { confirmRemoval, removalFlags } from './removal.ts';
import { duration } from './time.ts';

export const accountCommands: readonly Command[] = [
  {
    name: 'account list',
    summary: 'show all accounts and whether they can be used',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const accounts = await operations.listAccounts({});
        return call.print({ json: accounts, text: (page) => accountTable(page, accounts) });
      }),
  },
  onAccount('show', 'show one account', async (operations, { id }) => {
    const account = await operations.showAccount({ id });
    const timeline = await operations.accountTimeline({ id, limit: 10 });
    const text = (page: Page) => `${accountText(page, account)}${timelineText(page, timeline)}`;
    return { json: { ...account, timeline }, text };
  }),
  onAccount('errors', 'show what went wrong with an account lately', async (operations, { id, name }) => {
    const errors = await operations.accountErrors({ id });
    return { json: errors, text: (page: Page) => errorTable(page, name, errors) };
  }),
  onAccount('balance', "ask an account's upstream what is left of its money", async (operations, { id, name }) => {
    const asked = await operations.refreshAccountBalance({ id });
    const left = asked.balance ? `${name} has ${balanceText(asked.balance)}. ` : '';
    return { json: asked, text: () => `${left}${asked.message}` };
  }),
  onAccount('pause', 'give an account no more calls', async (operations, { id }) => {
    const account = await operations.pauseAccount({ id });
    return { json: account, text: () => `${account.name} is paused. Calls it serves now are finished.` };
  }),
  onAccount('resume', 'use an account again, and forget what stood against it', async (operations, { id }) => {
    const account = await operations.resumeAccount({ id });
    return { json: account, text: () => `${account.name} is in use.` };
  }),
  {
    name: 'account test',
    argument: 'NAME',
    summary: 'make one small real request with an account',
    flags: { model: { type: 'string', value: 'MODEL', text: 'what to ask for; default: a small one it serves' } },
    notes: ['The upstream charges for one word. Neither the usage nor the state of the account changes.'],
    run: (call) => withOperations(call, (operations) => test(call, operations)),
  },
  {
    name: 'account remove',
    argument: 'NAME',
    summary: 'remove an account and its stored credential',
    flags: removalFlags,
    run: (call) => withOperations(call, (operations) => remove(call, operations)),
  },
];

type Account = Output<'showAccount'>;

/** A command on one account, called by its name or id. */
function onAccount(
  verb: string,
  summary: string,
  run: (operations: Operations, account: Account) => Promise<Answer>,
): Command {
  return {
    name: `account ${verb}`,
    argument: 'NAME',
    summary,
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        return call.print(await run(operations, await findAccount(operations, call.argument ?? '')));
      }),
  };
}

async function test(call: Invocation, operations: Operations): Promise<number> {
  const account = await findAccount(operations, call.argument ?? '');
  const result = await operations.testAccount({ id: account.id, model: call.flags.text('model') });
  const text = (page: Page) => {
    const mark = result.ok ? page.paint('green', 'works') : page.paint('red', 'does not work');
    const status = result.status === undefined ? '' : `, status ${result.status}`;
    return `${account.name} ${mark} (${result.model}, ${duration(result.durationMs)}${status}). ${result.message}`;
  };
  return call.print({ json: result, text }, result.ok ? 0 : 1);
}

async function remove(call: Invocation, operations: Operations): Promise<number> {
  const account = await findAccount(operations, call.argument ?? '');
  await confirmRemoval(call, `Remove the account ${account.name} and its credential?`);
  const removed = await operations.removeAccount({ id: account.id });
  return call.print({ json: removed, text: () => `${account.name} is removed. Its past usage stays.` });
}
