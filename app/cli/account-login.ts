import { providers } from '../providers/index.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { Operations, Output } from '../server/admin/contract.ts';
import { AdminError } from '../server/admin/errors.ts';
import { fieldFlags, readFields, readSecrets, readSettings } from './account-fields.ts';
import { accountText } from './account-text.ts';
import { openBrowser } from './browser.ts';
import type { Command, Invocation } from './command.ts';
import { configOf, withOperations } from './connection.ts';
import { findAccount } from './lookup.ts';
import { tell } from './page.ts';
import { askHidden, canAsk, confirm, readPipedLines } from './secret-input.ts';
import { UsageError } from './usage-error.ts';

const signInKinds: readonly ProviderId[] = [...providers.values()].flatMap(({ id, login }) => (login ? [id] : []));
const { 'secret-stdin': _, auth: __, set: ___, ...usualFlags } = fieldFlags;

export const accountLogin: Command = {
  name: 'account login',
  argument: '[NAME]',
  summary: 'sign in to a subscription: a new account, or NAME again',
  flags: {
    provider: { type: 'string', value: 'KIND', text: `for a new account: ${signInKinds.join(', ')}` },
    name: { type: 'string', value: 'NAME', text: 'for a new account: what you call it' },
    paste: { type: 'boolean', text: 'paste what the page shows: the browser is on another computer' },
    'setup-token': { type: 'boolean', text: 'ask for a long-lived token that can do less, where there is one' },
    'from-cli': { type: 'boolean', text: "use the login that the provider's own tool has on this computer" },
    'no-browser': { type: 'boolean', text: 'only print the address of the page' },
    ...usualFlags,
  },
  notes: [
    'With --from-cli nothing is copied that would renew the login: that tool renews it, and Waystation reads it again. ' +
      'If both renewed it, one of them would be signed out. So it ends when that tool is not used for a while; run it ' +
      'once, or sign in here instead.',
    '  waystation account login --provider claude-subscription --name me',
  ],
  run: (call) => withOperations(call, (operations) => login(call, operations)),
};

type Account = Output<'showAccount'>;

/** Whom to sign in, and what its owner said to the terms. */
interface Subject {
  readonly target: Parameters<Operations['linkLogin']>[0]['target'];
  readonly isNew: boolean;
  readonly accepts: boolean;
  readonly shares: boolean;
}

async function login(call: Invocation, operations: Operations): Promise<number> {
  const { flags } = call;
  if (flags.has('from-cli') && (flags.has('paste') || flags.has('setup-token'))) {
    throw new UsageError('--from-cli takes the login as it is: leave --paste and --setup-token out.');
  }
  const subject = await subjectOf(call, operations);
  const { target } = subject;
  const signedIn = flags.has('from-cli')
    ? await operations.linkLogin({ target })
    : await viaPage(call, operations, target);
  const account = await withWord(operations, signedIn, subject);
  const isOff = account.subscription?.termsAcceptedAt === null;
  const hint = isOff
    ? `It is off until its terms are accepted: waystation account update ${account.id} --accept-terms`
    : '';
  return call.print({ json: account, text: (page) => `${accountText(page, account)}${hint && `\n\n${hint}`}` });
}

async function subjectOf(call: Invocation, operations: Operations): Promise<Subject> {
  const { flags } = call;
  const shares = flags.has('share');
  if (call.argument !== undefined) {
    const known = await findAccount(operations, call.argument);
    if (flags.has('provider') || flags.has('name'))
      throw new UsageError(`${known.name} is there already: leave --provider and --name out.`);
    if (known.subscription === null)
      throw new UsageError(`Nobody signs in to ${known.name}. Change its credential: waystation account update`);
    const isOpen = known.subscription.termsAcceptedAt === null;
    const accepts = isOpen && (await acceptsTerms(call, operations));
    return { target: { accountId: known.id }, isNew: false, accepts, shares };
  }
  const provider = flags.choice('provider', signInKinds);
  if (provider === undefined) throw new UsageError(`Name an account, or --provider: ${signInKinds.join(', ')}.`);
  const name = flags.required('name');
  const fields = { ...readFields(flags), settings: readSettings(flags) };
  const { proxy } = await readSecrets(call, { asks: false });
  const accepts = await acceptsTerms(call, operations);
  return {
    target: { provider, name, ...fields, proxy, acceptTerms: accepts, isShared: shares },
    isNew: true,
    accepts,
    shares,
  };
}

/** The note is shown before it is asked for; a script says yes with its flag. */
async function acceptsTerms({ flags, io }: Invocation, operations: Operations): Promise<boolean> {
  const { terms, sharing } = await operations.showLoginTerms({});
  if (flags.has('share')) tell(io.stderr, `--share: ${sharing}\n`);
  if (flags.has('accept-terms')) return true;
  tell(io.stderr, `${terms.join('\n\n')}\n`);
  return canAsk(io) && (await confirm(io, 'Do you accept this for your account?'));
}

/** A new account has its owner's word from the start. */
async function withWord(
  operations: Operations,
  account: Account,
  { isNew, accepts, shares }: Subject,
): Promise<Account> {
  if (isNew || !(accepts || shares)) return account;
  const { id } = account;
  return await operations.updateAccount({
    id,
    ...(accepts ? { acceptTerms: true } : {}),
    ...(shares ? { isShared: true } : {}),
  });
}

async function viaPage(call: Invocation, operations: Operations, target: Subject['target']): Promise<Account> {
  const { flags, io } = call;
  const way = flags.has('paste') ? 'paste' : 'loopback';
  const { loginId, authorizeUrl } = await operations.startLogin({
    target,
    way,
    isSetupToken: flags.has('setup-token'),
  });
  const stop = io.onSignal(() => void operations.cancelLogin({ loginId }).catch(() => undefined));
  try {
    tell(io.stderr, 'Sign in on this page, within 10 minutes:');
    // One line, unwrapped: it is copied.
    io.stderr.write(`\n${authorizeUrl}\n\n`);
    if (way === 'loopback' && !flags.has('no-browser')) openBrowser(authorizeUrl, configOf(call).dataDir);
    return await finish(call, operations, { loginId, isPasted: way === 'paste' });
  } catch (error) {
    await operations.cancelLogin({ loginId }).catch(() => undefined);
    throw error;
  } finally {
    stop();
  }
}

async function finish(
  { io }: Invocation,
  operations: Operations,
  { loginId, isPasted }: { readonly loginId: string; readonly isPasted: boolean },
): Promise<Account> {
  if (isPasted) {
    const [pasted = ''] = canAsk(io)
      ? [await askHidden(io, 'What the page shows in the end, or its whole address (not shown)')]
      : await readPipedLines(io.stdin, ['what the page shows']);
    const { account } = await operations.finishLogin({ loginId, pasted });
    if (account) return account;
    throw new AdminError('unavailable', 'This sign-in is over. Start it again.');
  }
  for (;;) {
    const { account } = await operations.finishLogin({ loginId });
    if (account) return account;
  }
}
