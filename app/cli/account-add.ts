import { providers } from '../providers/index.ts';
import { type Operations, providerId } from '../server/admin/contract.ts';
import { toAdminError } from '../server/admin/errors.ts';
import { careFlags, careUndoFlags, putInGroups, readCare, saysGroups } from './account-care.ts';
import { fieldFlags, readFields, readSecrets, readSettings, secretNote } from './account-fields.ts';
import { accountText } from './account-text.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { findAccount } from './lookup.ts';
import { tell } from './page.ts';
import { UsageError } from './usage-error.ts';

export const accountAdd: Command = {
  name: 'account add',
  summary: 'add an upstream account',
  flags: {
    provider: { type: 'string', value: 'KIND', text: providerId.options.join(', ') },
    name: { type: 'string', value: 'NAME', text: 'what you call it' },
    ...fieldFlags,
    'fetch-models': { type: 'boolean', text: 'ask the upstream at once which models it has' },
    ...careFlags,
  },
  notes: [secretNote, '  waystation account add --provider anthropic --name me --secret-stdin < key.txt'],
  run: add,
};

export const accountUpdate: Command = {
  name: 'account update',
  argument: 'NAME',
  summary: 'change an account; what is not named stays as it is',
  flags: {
    name: { type: 'string', value: 'NEW', text: 'a new name' },
    ...fieldFlags,
    ...careFlags,
    ...careUndoFlags,
    'ask-secret': { type: 'boolean', text: 'ask for a new credential' },
    'any-model': { type: 'boolean', text: 'serve all models again' },
    'no-map': { type: 'boolean', text: 'send all models under their own names again' },
    'no-proxy': { type: 'boolean', text: 'use no proxy any more' },
    'forbid-local-upstream': { type: 'boolean', text: 'take --allow-local-upstream back' },
    'withdraw-terms': { type: 'boolean', text: 'take --accept-terms back: the account serves nobody' },
    'no-share': { type: 'boolean', text: 'take --share back' },
  },
  notes: [
    secretNote,
    'Who changes the address gives the credential again: it belongs to the address it was entered for.',
  ],
  run: update,
};

async function add(call: Invocation): Promise<number> {
  const { flags } = call;
  const name = flags.required('name');
  const provider = flags.choice('provider', providerId.options);
  if (provider === undefined) throw new UsageError(`--provider is missing: ${providerId.options.join(', ')}.`);
  const fields = { ...readFields(flags), settings: readSettings(flags), care: readCare(call) };
  const secrets = await readSecrets(call, { asks: providers.get(provider)?.secret !== undefined });
  return await withOperations(call, async (operations) => {
    const { id } = await operations.createAccount({ provider, name, ...fields, ...secrets });
    await putInGroups(call, operations, id);
    const isListed = flags.has('fetch-models') && (await fetchModels(call, operations, id));
    const account = await operations.showAccount({ id });
    const hint = isListed
      ? `See its models: waystation account models ${account.id}`
      : `Try it: waystation account test ${account.id}`;
    return call.print({ json: account, text: (page) => `${accountText(page, account)}\n\n${hint}` });
  });
}

/** The account is there either way: what went wrong is said beside it. */
async function fetchModels({ io }: Invocation, operations: Operations, id: string): Promise<boolean> {
  try {
    await operations.refreshAccountModels({ id });
    return true;
  } catch (error) {
    const { kind, message } = toAdminError(error);
    if (kind === 'internal') throw error;
    tell(io.stderr, `Its models could not be fetched. ${message}`);
    return false;
  }
}

async function update(call: Invocation): Promise<number> {
  const { flags } = call;
  const settings = readSettings(flags);
  const fields = readFields(flags);
  const secrets = await readSecrets(call, { asks: flags.has('ask-secret') });
  const changes = {
    ...fields,
    ...secrets,
    name: flags.text('name'),
    care: readCare(call),
    models: flags.has('any-model') ? [] : fields.models,
    modelMap: flags.has('no-map') ? {} : fields.modelMap,
    proxy: flags.has('no-proxy') ? null : secrets.proxy,
    allowLocalUpstream: flags.has('forbid-local-upstream') ? false : fields.allowLocalUpstream,
    acceptTerms: flags.has('withdraw-terms') ? false : fields.acceptTerms,
    isShared: flags.has('no-share') ? false : fields.isShared,
  };
  if (!saysGroups(flags) && Object.values({ ...changes, ...settings }).every((value) => value === undefined)) {
    throw new UsageError('Say what to change. See: waystation account update --help');
  }
  return await withOperations(call, async (operations) => {
    const before = await findAccount(operations, call.argument ?? '');
    const merged = Object.keys(settings).length === 0 ? {} : { settings: { ...before.settings, ...settings } };
    await operations.updateAccount({ id: before.id, ...changes, ...merged });
    await putInGroups(call, operations, before.id);
    const account = await operations.showAccount({ id: before.id });
    return call.print({ json: account, text: (page) => accountText(page, account) });
  });
}
