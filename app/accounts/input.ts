import * as z from 'zod';
import { type FieldIssue, RelayError } from '../domain/errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { Account } from './account.ts';
import { carePatch } from './care.ts';
import { proxyUrl } from './proxy-url.ts';
import { checkUpstreamAddress } from './upstream-address.ts';

const name = z.string('must be text').trim().min(1, 'must not be empty').max(64, 'must have at most 64 characters');
const ranking = z
  .int('must be a whole number from 1 to 100')
  .min(1, 'must be from 1 to 100')
  .max(100, 'must be from 1 to 100');
const model = z.string('must be text').min(1, 'must not be empty').max(200, 'must have at most 200 characters');
const models = z.array(model).max(200, 'must have at most 200 patterns');
const modelMap = z.record(model, model, 'must name a model for each model');

const fields = z.strictObject({
  name,
  settings: z.unknown().optional(),
  secretText: z.string('must be text').trim().min(1, 'must not be empty').max(16_384, 'is too long').optional(),
  proxy: proxyUrl.optional(),
  allowLocalUpstream: z.boolean('must be true or false').default(false),
  priority: ranking.default(50),
  weight: ranking.default(10),
  models: models.default([]),
  modelMap: modelMap.default({}),
  acceptTerms: z.boolean('must be true or false').default(false),
  isShared: z.boolean('must be true or false').default(false),
  care: carePatch.default({}),
});
const newAccount = fields.extend({ provider: z.string() });

/** Null takes the proxy away; what is left out stays as it is. */
const accountPatch = z.strictObject({
  name: name.optional(),
  settings: z.unknown().optional(),
  secretText: fields.shape.secretText,
  proxy: proxyUrl.nullable().optional(),
  allowLocalUpstream: z.boolean('must be true or false').optional(),
  priority: ranking.optional(),
  weight: ranking.optional(),
  models: models.optional(),
  modelMap: modelMap.optional(),
  isEnabled: z.boolean('must be true or false').optional(),
  /** False takes it back. */
  acceptTerms: z.boolean('must be true or false').optional(),
  isShared: z.boolean('must be true or false').optional(),
  care: carePatch.optional(),
});

export type NewAccount = Readonly<z.input<typeof newAccount>>;
export type AccountPatch = Readonly<z.input<typeof accountPatch>>;

/** What was given, checked; undefined in a change stays as it is. */
export interface CheckedInput<Fields> {
  readonly fields: Fields;
  /** As the provider's schema made them. */
  readonly settings: unknown;
  readonly secret: unknown;
}

export interface NewAccountContext {
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  readonly isNameTaken: boolean;
  /** What a sign-in brought, or will bring: then no credential is entered. */
  readonly signedIn?: { readonly secret: unknown } | undefined;
}

/** Throws `request-invalid` with a sentence that names everything that is wrong. */
export function checkNewAccount(
  input: NewAccount,
  { providers, isNameTaken, signedIn }: NewAccountContext,
): CheckedInput<z.output<typeof newAccount>> & { readonly provider: Provider } {
  const problems = new Problems();
  const fields = problems.parse(newAccount, input);
  if (isNameTaken) problems.add(nameTaken, 'name');
  const provider = findProvider(providers, input.provider);
  if (!provider) problems.add(`provider must be one of: ${[...providers.keys()].join(', ')}`, 'provider');
  const settings = provider && checkSettings(provider, input.settings ?? {}, problems);
  const allowLocal = input.allowLocalUpstream === true;
  if (provider && settings !== undefined) checkAddress(provider, { settings, allowLocal }, problems);
  if (provider) checkTerms(provider, input, problems);
  const secret = signedIn ? signedIn.secret : provider && checkSecret(provider, input.secretText, problems);
  if (!fields || !provider || problems.areAny) throw problems.error();
  return { fields, provider, settings, secret };
}

export interface ChangeContext {
  readonly provider: Provider;
  readonly before: Account;
  readonly isNameTaken: boolean;
}

/** Throws `request-invalid` with a sentence that names everything that is wrong. */
export function checkChange(
  patch: AccountPatch,
  { provider, before, isNameTaken }: ChangeContext,
): CheckedInput<z.output<typeof accountPatch>> {
  const problems = new Problems();
  const fields = problems.parse(accountPatch, patch);
  if (isNameTaken) problems.add(nameTaken, 'name');
  checkTerms(provider, patch, problems);
  const settings = patch.settings === undefined ? undefined : checkSettings(provider, patch.settings, problems);
  if (settings !== undefined || patch.allowLocalUpstream !== undefined) {
    const allowLocal = patch.allowLocalUpstream ?? before.allowLocalUpstream;
    checkAddress(provider, { settings: settings ?? before.settings, allowLocal }, problems);
  }
  const isMoved = settings !== undefined && provider.origin(settings) !== provider.origin(before.settings);
  if (isMoved && before.hasSecret && patch.secretText === undefined) problems.add(credentialStays, 'secret');
  const secret = patch.secretText === undefined ? undefined : checkSecret(provider, patch.secretText, problems);
  if (!fields || problems.areAny) throw problems.error();
  return { fields, settings, secret };
}

export function findProvider(providers: ReadonlyMap<ProviderId, Provider>, id: unknown): Provider | undefined {
  for (const [known, provider] of providers) if (known === id) return provider;
  return undefined;
}

const nameTaken = 'another account has this name';
/** A credential is bound to the origin it was entered for (A16). */
const credentialStays =
  'its credential belongs to the address it was entered for; give the credential again with the new address';

function checkSettings(provider: Provider, settings: unknown, problems: Problems): unknown {
  return problems.parse(provider.settings, settings, 'settings.');
}

/** Only a subscription has terms to accept and to share against. */
function checkTerms(
  provider: Provider,
  { acceptTerms, isShared }: Pick<AccountPatch, 'acceptTerms' | 'isShared'>,
  problems: Problems,
): void {
  if (provider.login) return;
  if (acceptTerms !== undefined && acceptTerms !== false)
    problems.add(`${provider.label} has no terms to accept`, 'acceptTerms');
  if (isShared !== undefined && isShared !== false)
    problems.add(`${provider.label} needs no word to be shared`, 'isShared');
}

/** Where the settings lead (A17). */
function checkAddress(
  provider: Provider,
  { settings, allowLocal }: { readonly settings: unknown; readonly allowLocal: boolean },
  problems: Problems,
): void {
  const verdict = checkUpstreamAddress(provider.origin(settings), { allowLocal });
  if (verdict.allowed) return;
  const isLocal = checkUpstreamAddress(provider.origin(settings), { allowLocal: true }).allowed;
  problems.add(verdict.reason, isLocal ? 'allowLocalUpstream' : 'settings.baseUrl');
}

/** What goes into the vault; undefined when this provider keeps no credential. */
function checkSecret(provider: Provider, text: unknown, problems: Problems): unknown {
  if (!provider.secret) {
    if (text !== undefined) problems.add(`${provider.label} keeps no credential; leave it out`, 'secret');
    return undefined;
  }
  if (text === undefined) problems.add(`${provider.label} needs a credential`, 'secret');
  // What is no text at all was said already.
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  return problems.parse(provider.secret, provider.secretFromText?.(text.trim()) ?? text.trim(), 'the credential ');
}

/** Everything that is wrong with one input, so that a person mends it in one go. */
class Problems {
  readonly #found: (FieldIssue & { readonly sentence: string })[] = [];

  get areAny(): boolean {
    return this.#found.length > 0;
  }

  add(sentence: string, path: string): void {
    this.#found.push({ path, message: sentence, sentence });
  }

  /** Undefined, and noted, when `input` does not fit. */
  parse<Output>(schema: z.ZodType<Output>, input: unknown, start = ''): Output | undefined {
    const parsed = schema.safeParse(input);
    if (parsed.success) return parsed.data;
    const place = start === 'the credential ' ? ['secret'] : start.split('.').filter((part) => part !== '');
    for (const issue of parsed.error.issues) {
      const path = [...place, ...issue.path].join('.');
      this.#found.push({ path, message: issue.message, sentence: describe(issue, start) });
    }
    return undefined;
  }

  error(): RelayError {
    const sentences = this.#found.map(({ sentence }) => sentence).join('; ');
    const issues = this.#found.map(({ path, message }) => ({ path, message }));
    return new RelayError('request-invalid', `The account was not saved: ${sentences}.`, { issues });
  }
}

/** Names the field and what is wrong with it, never its value: it may be a secret. */
function describe(issue: z.core.$ZodIssue, start: string): string {
  if (issue.code === 'unrecognized_keys') return `${start}${issue.keys.join(', ')} is not a field of this account`;
  const place = `${start}${issue.path.join('.')}`.trim();
  const message = issue.message.replace(/\.$/, '');
  return /^[A-Z]/.test(message) ? `${place}: ${message}` : `${place} ${message}`.trim();
}
