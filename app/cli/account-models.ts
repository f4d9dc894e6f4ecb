import type { Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { findAccount } from './lookup.ts';
import { modelTable } from './model-text.ts';
import { count } from './numbers.ts';
import type { Page } from './page.ts';
import { dateTime } from './time.ts';

export const accountModels: Command = {
  name: 'account models',
  argument: 'NAME',
  summary: 'show which models an account has, or ask its upstream anew',
  flags: { refresh: { type: 'boolean', text: 'ask the upstream now and keep its answer' } },
  notes: [
    'What the upstream lists counts for an account that names no models (account update NAME --any-model). Nothing is ' +
      'asked by itself: refresh when the upstream has new models.',
  ],
  run: show,
};

async function show(call: Invocation): Promise<number> {
  return await withOperations(call, async (operations) => {
    const { id, name } = await findAccount(operations, call.argument ?? '');
    const models = call.flags.has('refresh')
      ? await operations.refreshAccountModels({ id })
      : await operations.listAccountModels({ id });
    return call.print({ json: models, text: (page) => textOf(page, models, name) });
  });
}

function textOf(page: Page, models: Output<'listAccountModels'>, name: string): string {
  const mapped = Object.entries(models.mapped).map(([from, to]) => `${from} to ${to}`);
  const sections = [
    models.named.length > 0 ? `${name} serves what its owner named: ${models.named.join(', ')}.` : undefined,
    mapped.length > 0 ? `It sends under other names: ${mapped.join(', ')}.` : undefined,
    toldBy(models, name),
    models.listed.length > 0 ? modelTable(page, models.listed) : undefined,
  ];
  return sections.filter((text) => text !== undefined).join('\n\n');
}

function toldBy({ canList, fetchedAt, listed, named }: Output<'listAccountModels'>, name: string): string {
  if (fetchedAt !== null) {
    const unused = named.length > 0 ? ' It does not count while the account names models itself.' : '';
    return `Its upstream listed ${count(listed.length)} models on ${dateTime(fetchedAt)}.${unused}`;
  }
  return canList
    ? `Its upstream was never asked which models it has. Ask it: waystation account models ${name} --refresh`
    : 'Upstreams of this kind cannot be asked which models they have.';
}
