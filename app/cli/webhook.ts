import { webhookKinds } from '../notify/webhook.ts';
import type { Operations, Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { definitionList } from './definitions.ts';
import { findWebhook } from './lookup.ts';
import type { Page } from './page.ts';
import { confirmRemoval, removalFlags } from './removal.ts';
import { type Column, table } from './table.ts';
import { plain, wrap } from './text.ts';
import { dateTime } from './time.ts';
import { UsageError } from './usage-error.ts';
import { kindNames, readFields, readKind, readSecrets, webhookFlags, webhookSecretNote } from './webhook-fields.ts';

type Webhook = Output<'listWebhooks'>[number];

export const webhookCommands: readonly Command[] = [
  {
    name: 'webhook list',
    summary: 'show which chats and programs are told what happens, and whether the last message arrived',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const webhooks = await operations.listWebhooks({});
        return call.print({ json: webhooks, text: (page) => webhookTable(page, webhooks) });
      }),
  },
  {
    name: 'webhook add',
    summary: 'tell a chat or a program of yours what happens',
    flags: {
      kind: { type: 'string', value: 'KIND', text: webhookKinds.join(', ') },
      name: { type: 'string', value: 'NAME', text: 'what you call it' },
      ...webhookFlags,
    },
    notes: [webhookSecretNote, '  waystation webhook add --kind slack --name ops --url-stdin < address.txt'],
    run: add,
  },
  {
    name: 'webhook edit',
    argument: 'NAME',
    summary: 'change whom it tells, of what and how; what is not named stays as it is',
    flags: {
      name: { type: 'string', value: 'NEW', text: 'a new name' },
      ...webhookFlags,
      on: { type: 'boolean', text: 'take --off back' },
      'forbid-local': { type: 'boolean', text: 'take --allow-local back' },
      'ask-url': { type: 'boolean', text: 'ask for a new address' },
      'no-secret': { type: 'boolean', text: 'there is no secret any more' },
    },
    notes: [webhookSecretNote],
    run: edit,
  },
  {
    name: 'webhook test',
    argument: 'NAME',
    summary: 'send a message that says it is a test',
    flags: {},
    run: (call) => withOperations(call, (operations) => test(call, operations)),
  },
  {
    name: 'webhook remove',
    argument: 'NAME',
    summary: 'tell it nothing any more, and forget its address',
    flags: removalFlags,
    run: (call) =>
      withOperations(call, async (operations) => {
        const { id, name } = await findWebhook(operations, call.argument ?? '');
        await confirmRemoval(call, `Remove the webhook ${name}?`);
        const removed = await operations.removeWebhook({ id });
        return call.print({ json: removed, text: () => `${name} is removed.` });
      }),
  },
];

async function add(call: Invocation): Promise<number> {
  const { flags } = call;
  const [kind, name, fields] = [readKind(flags), flags.required('name'), readFields(flags)];
  // Telegram has one address, and needs a bot.
  const isBot = kind === 'telegram';
  const asksSecret = isBot || flags.has('ask-secret');
  const secrets = await readSecrets(call, [
    ...(isBot ? [] : ['url' as const]),
    ...(asksSecret ? ['secret' as const] : []),
  ]);
  return await withOperations(call, async (operations) => {
    const webhook = await operations.createWebhook({ kind, name, ...fields, ...secrets });
    const hint = `Try it: waystation webhook test ${webhook.id}`;
    return call.print({ json: webhook, text: (page) => `${webhookText(page, webhook)}\n\n${hint}` });
  });
}

async function edit(call: Invocation): Promise<number> {
  const { flags } = call;
  const fields = readFields(flags);
  const secrets = await readSecrets(call, [
    ...(flags.has('ask-url') ? ['url' as const] : []),
    ...(flags.has('ask-secret') ? ['secret' as const] : []),
  ]);
  const changes = {
    ...fields,
    ...secrets,
    name: flags.text('name'),
    isEnabled: flags.has('on') ? true : fields.isEnabled,
    allowLocal: flags.has('forbid-local') ? false : fields.allowLocal,
    secret: flags.has('no-secret') ? null : secrets.secret,
  };
  if (Object.values(changes).every((value) => value === undefined))
    throw new UsageError('Say what to change. See: waystation webhook edit --help');
  return await withOperations(call, async (operations) => {
    const { id } = await findWebhook(operations, call.argument ?? '');
    const webhook = await operations.updateWebhook({ id, ...changes });
    return call.print({ json: webhook, text: (page) => webhookText(page, webhook) });
  });
}

async function test(call: Invocation, operations: Operations): Promise<number> {
  const { id, name } = await findWebhook(operations, call.argument ?? '');
  const result = await operations.testWebhook({ id });
  const text = (page: Page) =>
    result.arrived ? `The test arrived at ${name}.` : wrap(plain(result.message ?? 'It did not arrive.'), page.width);
  return call.print({ json: result, text }, result.arrived ? 0 : 1);
}

function webhookTable(page: Page, webhooks: readonly Webhook[]): string {
  if (webhooks.length === 0) return 'Nobody else is told yet. Add one: waystation webhook add --kind slack --name NAME';
  // A reason is too long for a column.
  const reasons = webhooks.flatMap(({ name, failure }) => (failure ? [`${name}: ${failure.message}`] : []));
  return [table(page, columns(page), webhooks), ...reasons.map((text) => wrap(plain(text), page.width))].join('\n');
}

function webhookText(page: Page, webhook: Webhook): string {
  return definitionList(page, [
    ['Name', webhook.name],
    ['Id', webhook.id],
    ['Service', kindNames[webhook.kind]],
    ['At', webhook.host],
    ['Chat', webhook.chatId],
    ['Secret', webhook.hasSecret ? 'stored, sealed' : 'none stored'],
    ['Tells of', webhook.types.join(', ')],
    ['Language', webhook.language],
    ['Local address', webhook.allowLocal ? 'allowed' : undefined],
    ['State', stateOf(webhook)],
    ['Reason', webhook.failure?.message],
  ]);
}

function columns(page: Page): readonly Column<Webhook>[] {
  return [
    { title: 'NAME', least: 10, cell: ({ name }) => name },
    { title: 'SERVICE', cell: ({ kind }) => kindNames[kind] },
    { title: 'AT', isOptional: true, cell: ({ host }) => host },
    {
      title: 'STATE',
      least: 8,
      cell: stateOf,
      paint: (text, { isEnabled, failure }) =>
        isEnabled && !failure ? text : page.paint(failure ? 'red' : 'dim', text),
    },
    { title: 'TELLS OF', isOptional: true, least: 8, cell: ({ types }) => types.join(', ') },
    { title: 'ID', isOptional: true, cell: ({ id }) => id },
  ];
}

function stateOf({ isEnabled, sentAt, failure }: Webhook): string {
  if (!isEnabled) return 'off';
  if (failure) return `not sent ${dateTime(failure.at)}`;
  return sentAt === undefined ? 'nothing was sent yet' : `sent ${dateTime(sentAt)}`;
}
