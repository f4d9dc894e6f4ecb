import type { Flags, Invocation } from './command.ts';
import type { FlagValues } from './flags.ts';
import { askHidden, canAsk, readPipedLines } from './secret-input.ts';
import { UsageError } from './usage-error.ts';

/** What `account add` and `account update` share. */
export const fieldFlags: Flags = {
  'base-url': { type: 'string', value: 'URL', text: "the upstream's address; default: the provider's own" },
  auth: { type: 'string', value: 'KIND', text: 'how the credential is sent: x-api-key or bearer' },
  set: {
    type: 'string',
    value: 'FIELD=VALUE',
    multiple: true,
    text: "another field of the provider's own, such as region=eu-central-1",
  },
  'secret-stdin': { type: 'boolean', text: 'read the credential from standard input, one line' },
  priority: { type: 'string', value: 'P', text: '1 to 100; lower is used first' },
  weight: { type: 'string', value: 'W', text: '1 to 100; twice the weight gets twice the calls' },
  model: {
    type: 'string',
    value: 'PATTERN',
    multiple: true,
    text: 'a model it serves, such as claude-*; default: all',
  },
  map: { type: 'string', value: 'FROM=TO', multiple: true, text: 'send one model under another name' },
  proxy: {
    type: 'string',
    value: 'URL',
    text: 'http, https or socks5 proxy; a password is asked for, or see --proxy-stdin',
  },
  'proxy-stdin': {
    type: 'boolean',
    text: 'read the proxy address from standard input (the line after the credential)',
  },
  'accept-terms': { type: 'boolean', text: 'accept the note of terms of a subscription; see account login' },
  share: { type: 'boolean', text: 'let a subscription serve other computers too; its terms usually forbid it' },
  'allow-local-upstream': { type: 'boolean', text: 'the address may be this computer or the local network' },
};

export const secretNote =
  'The credential comes from standard input (--secret-stdin) or from a prompt that does not show it, never from an argument: ' +
  'other users can read those, and your shell keeps them.';

/** The fields of an account that are named on the command line; the others are undefined. */
export function readFields(flags: FlagValues) {
  const range = { min: 1, max: 100 };
  return {
    priority: flags.integer('priority', range),
    weight: flags.integer('weight', range),
    models: flags.has('model') ? [...flags.list('model')] : undefined,
    modelMap: flags.has('map') ? readMap(flags.list('map')) : undefined,
    allowLocalUpstream: flags.has('allow-local-upstream') ? true : undefined,
    acceptTerms: flags.has('accept-terms') ? true : undefined,
    isShared: flags.has('share') ? true : undefined,
  };
}

/** The provider's own fields. */
export function readSettings(flags: FlagValues): Readonly<Record<string, string | boolean>> {
  const baseUrl = flags.text('base-url');
  const auth = flags.choice('auth', ['x-api-key', 'bearer']);
  const fields = flags.has('set') ? readPairs('set', flags.list('set')) : [];
  return {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(auth === undefined ? {} : { auth }),
    ...Object.fromEntries(fields.map(([field, value]) => [field, truths.get(value) ?? value])),
  };
}

/** What is a yes or a no in a provider's fields. */
const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

export interface AccountSecrets {
  readonly secret: string | undefined;
  readonly proxy: string | undefined;
}

/** The credential and the proxy, from where secrets may come from. `asks` says whether a credential is needed. */
export async function readSecrets(call: Invocation, { asks }: { readonly asks: boolean }): Promise<AccountSecrets> {
  const { flags, io } = call;
  if (flags.has('secret-stdin') || flags.has('proxy-stdin')) return await readPipedSecrets(call);
  if (asks && !canAsk(io)) {
    throw new UsageError('There is nobody to ask for the credential. Pipe it in and add --secret-stdin.');
  }
  const secret = asks ? await askHidden(io, 'Credential (not shown)') : undefined;
  if (secret === '') throw new UsageError('The credential is empty.');
  return { secret, proxy: await readProxy(flags.text('proxy'), io) };
}

async function readPipedSecrets({ flags, io }: Invocation): Promise<AccountSecrets> {
  const wantsSecret = flags.has('secret-stdin');
  const wantsProxy = flags.has('proxy-stdin');
  const wanted = [...(wantsSecret ? ['the credential'] : []), ...(wantsProxy ? ['the proxy address'] : [])];
  const lines = await readPipedLines(io.stdin, wanted);
  return {
    secret: wantsSecret ? lines[0] : undefined,
    proxy: wantsProxy ? lines.at(-1) : flags.text('proxy'),
  };
}

/** An address with a user but no password: the password is asked for when somebody is there. */
async function readProxy(given: string | undefined, io: Invocation['io']): Promise<string | undefined> {
  if (given === undefined || !URL.canParse(given) || !canAsk(io)) return given;
  const url = new URL(given);
  if (url.username === '' || url.password !== '') return given;
  url.password = await askHidden(io, 'Proxy password (not shown; empty for none)');
  return url.href;
}

function readMap(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(readPairs('map', pairs));
}

/** The first `=` divides: a value may have more of them. */
function readPairs(flag: string, pairs: readonly string[]): [string, string][] {
  return pairs.map((pair) => {
    const mark = pair.indexOf('=');
    const [name, value] = [pair.slice(0, mark).trim(), pair.slice(mark + 1).trim()];
    if (mark < 1 || name === '' || value === '')
      throw new UsageError(`--${flag} must look like ${fieldFlags[flag]?.value}.`);
    return [name, value];
  });
}
