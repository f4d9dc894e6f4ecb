import type { Operations } from '../server/admin/contract.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { findKey } from './lookup.ts';
import { aliasTable, offerTable, testText } from './model-text.ts';

const keyFlag: Flags = { key: { type: 'string', value: 'NAME', text: 'as seen with this key' } };

export const modelCommands: readonly Command[] = [
  {
    name: 'model list',
    summary: 'show which models can be asked for, and who serves them',
    flags: keyFlag,
    notes: ['An account that takes any name adds none to the list: name its models, or fetch its upstream’s list.'],
    run: list,
  },
  {
    name: 'model test',
    argument: 'NAME',
    summary: 'tell what a name stands for, who serves it, and why others do not',
    flags: keyFlag,
    run: test,
  },
  {
    name: 'model alias list',
    summary: 'show all aliases',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const aliases = await operations.listAliases({});
        return call.print({ json: aliases, text: (page) => aliasTable(page, aliases) });
      }),
  },
  {
    name: 'model alias set',
    argument: 'FROM TO',
    summary: 'let a name stand for a model, whoever asks',
    flags: {},
    notes: [
      'FROM may hold *. An exact name goes before patterns, a longer pattern before a shorter one; letter case does not ' +
        'count. What single accounts map comes after it.',
      '  waystation model alias set opus claude-opus-5-5',
      "  waystation model alias set 'gpt-4*' gpt-6",
    ],
    run: setAlias,
  },
  {
    name: 'model alias remove',
    argument: 'FROM',
    summary: 'take an alias away',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const removed = await operations.removeAlias({ name: call.argument ?? '' });
        return call.print({ json: removed, text: () => `${removed.name} stands for itself again.` });
      }),
  },
];

async function list(call: Invocation): Promise<number> {
  return await withOperations(call, async (operations) => {
    const models = await operations.listModels({ key: await keyId(call, operations) });
    const names = call.isJson ? new Map<string, string>() : await accountNames(operations);
    return call.print({ json: models, text: (page) => offerTable(page, models, names) });
  });
}

/** Answers 1 when nobody serves it, for scripts. */
async function test(call: Invocation): Promise<number> {
  return await withOperations(call, async (operations) => {
    const found = await operations.testModel({ model: call.argument ?? '', key: await keyId(call, operations) });
    const isServed = found.isAllowed !== false && found.accounts.some(({ serves }) => serves.length > 0);
    const names = call.isJson ? new Map<string, string>() : await accountNames(operations);
    return call.print({ json: found, text: (page) => testText(page, found, names) }, isServed ? 0 : 1);
  });
}

async function setAlias(call: Invocation): Promise<number> {
  const [name = '', target = ''] = call.words;
  return await withOperations(call, async (operations) => {
    const alias = await operations.setAlias({ name, target });
    const text = () =>
      `${alias.name} stands for ${alias.target}. See who serves it: waystation model test ${alias.name}`;
    return call.print({ json: alias, text });
  });
}

async function keyId({ flags }: Invocation, operations: Operations): Promise<string | undefined> {
  const wanted = flags.text('key');
  return wanted === undefined ? undefined : (await findKey(operations, wanted)).id;
}

async function accountNames(operations: Operations): Promise<ReadonlyMap<string, string>> {
  return new Map((await operations.listAccounts({})).map(({ id, name }) => [id, name]));
}
