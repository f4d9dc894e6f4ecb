import { hash } from 'node:crypto';
import { checkUpstreamAddress } from '../../accounts/upstream-address.ts';
import { RelayError } from '../../domain/errors.ts';
import { type FoundEntry, ImportUnreadable, type PlannedAccount } from '../../imports/entry.ts';
import { type ImportKind, importKinds, type LeftReason } from '../../imports/import-kind.ts';
import { findSource, readSource } from '../../imports/sources.ts';
import type { Provider } from '../../providers/provider.ts';
import { SecretUnreadable } from '../../secrets/vault.ts';
import { createAccount } from './account-operations.ts';
import { routes } from './contract.ts';
import { AdminError } from './errors.ts';
import { checkHere } from './here.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

const onlyHere = 'What other programs keep can only be looked at and taken';

/** What is found in other programs' files, judged by what is here, and made into accounts and keys like any other. */
export function importOperations(parts: AdminParts) {
  return {
    listFoundData: operation(routes.listFoundData, async (_, actor) => {
      checkHere(actor, onlyHere);
      const found = importKinds.flatMap((kind) => {
        const file = findSource(kind, parts.config.computer.home);
        return file === undefined ? [] : [{ kind, file }];
      });
      return await Promise.all(found.map((source) => summaryOf(parts, source)));
    }),
    planImport: operation(routes.planImport, async ({ kind, file }, actor) => {
      checkHere(actor, onlyHere);
      const source = { kind, file: file ?? fileOf(parts, kind) };
      return { ...source, entries: (await judge(parts, source)).map((one) => toWire(parts, one)) };
    }),
    importData: operation(routes.importData, async ({ kind, file, entries, allowLocalUpstream }, actor) => {
      checkHere(actor, onlyHere);
      const source = { kind, file: file ?? fileOf(parts, kind) };
      const wanted = entries && new Set(entries);
      const judged = (await judge(parts, source)).filter(({ entry }) => wanted?.has(entry.ref) ?? true);
      return { ...source, ...(await takeAll(parts, judged, allowLocalUpstream)) };
    }),
  };
}

interface Source {
  readonly kind: ImportKind;
  readonly file: string;
}

interface Judged {
  readonly entry: FoundEntry;
  readonly isLocal: boolean;
  readonly reason: LeftReason | null;
}

async function summaryOf(parts: AdminParts, source: Source) {
  try {
    const judged = await judge(parts, source);
    const free = judged.filter(({ reason }) => reason === null);
    const accounts = free.filter(({ entry }) => entry.kind === 'account').length;
    return { ...source, accounts, keys: free.length - accounts, left: judged.length - free.length };
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return { ...source, accounts: 0, keys: 0, left: 0, problem: error.message };
  }
}

function fileOf({ config }: AdminParts, kind: ImportKind): string {
  const file = findSource(kind, config.computer.home);
  if (file !== undefined) return file;
  throw new AdminError('not-found', `Nothing of ${kind} was found on this computer. Name its file.`);
}

function read({ config, ports }: AdminParts, { kind, file }: Source): readonly FoundEntry[] {
  const { home, env } = config.computer;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  try {
    return readSource(kind, file, { home, env, nowMs: ports.clock.now(), timeZone });
  } catch (error) {
    if (error instanceof ImportUnreadable) throw new AdminError('request-invalid', error.message, { cause: error });
    throw error;
  }
}

/** What is there already, or stands in the file twice, is not taken again. */
async function judge(parts: AdminParts, source: Source): Promise<readonly Judged[]> {
  const entries = read(parts, source);
  const known = await knownMarks(parts, entries);
  const seen = new Set<string>();
  const hashKey = await parts.keyRepository.createHasher();
  return entries.map((entry) => {
    if (entry.kind === 'left') return { entry, isLocal: false, reason: entry.reason };
    const mark =
      entry.kind === 'key' ? hashKey(entry.key.secret) : markOf(entry.account.provider, secretOf(parts, entry.account));
    const isTwice = seen.has(mark);
    seen.add(mark);
    if (known.has(mark)) return { entry, isLocal: false, reason: 'already-there' };
    if (isTwice) return { entry, isLocal: false, reason: 'twice' };
    return { entry, ...(entry.kind === 'key' ? { isLocal: false, reason: null } : addressOf(parts, entry.account)) };
  });
}

/** Of the accounts that could be the same, and of all keys. */
async function knownMarks(parts: AdminParts, entries: readonly FoundEntry[]): Promise<ReadonlySet<string>> {
  const wanted = new Set(entries.flatMap((entry) => (entry.kind === 'account' ? [entry.account.provider] : [])));
  const accounts = (await parts.accountRepository.list()).filter(({ provider }) => wanted.has(provider));
  const marks = await Promise.all(
    accounts.map(async ({ id, provider }) => {
      try {
        return [markOf(provider, await parts.accountRepository.openSecret(id))];
      } catch (error) {
        if (error instanceof SecretUnreadable) return []; // nobody can tell whether it is the same
        throw error;
      }
    }),
  );
  return new Set([...marks.flat(), ...(await parts.keyRepository.listHashed()).map((one) => one.hash)]);
}

function markOf(provider: string, secret: unknown): string {
  return hash('sha256', JSON.stringify([provider, secret]));
}

function secretOf(parts: AdminParts, { provider, secret }: PlannedAccount): unknown {
  return providerOf(parts, provider).secretFromText?.(secret) ?? secret;
}

function providerOf({ ports }: AdminParts, id: PlannedAccount['provider']): Provider {
  const provider = ports.providers.get(id);
  if (provider) return provider;
  throw new AdminError('internal', `There is no provider ${id}.`);
}

function addressOf(parts: AdminParts, { provider, settings }: PlannedAccount): Omit<Judged, 'entry'> {
  const origin = providerOf(parts, provider).origin(settings);
  const url = parts.live?.url();
  if (url !== undefined && isSamePlace(origin, url)) return { isLocal: true, reason: 'this-relay' };
  if (checkUpstreamAddress(origin, { allowLocal: false }).allowed) return { isLocal: false, reason: null };
  const isLocal = checkUpstreamAddress(origin, { allowLocal: true }).allowed;
  return { isLocal, reason: isLocal ? null : 'address-unusable' };
}

const ownNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A program that was told our own address would be an account that calls us. */
function isSamePlace(one: string, own: string): boolean {
  const [a, b] = [new URL(one), new URL(own)];
  return a.port === b.port && (a.hostname === b.hostname || (ownNames.has(a.hostname) && ownNames.has(b.hostname)));
}

function toWire(parts: AdminParts, { entry, isLocal, reason }: Judged) {
  const common = { ref: entry.ref, name: shown(entry.name), isLocal, reason };
  switch (entry.kind) {
    case 'left':
      return { ...common, kind: entry.of, hasSecret: false, isEnabled: true };
    case 'key':
      return { ...common, kind: entry.kind, hasSecret: true, isEnabled: entry.key.isEnabled };
    case 'account': {
      const { provider, settings, isEnabled } = entry.account;
      const address = settings['baseUrl'] ?? providerOf(parts, provider).origin(settings);
      return { ...common, kind: entry.kind, provider, address, hasSecret: true, isEnabled };
    }
  }
}

type Taken = { readonly ref: string; readonly kind: 'account' | 'key'; readonly id: string; readonly name: string };
type Left = { readonly ref: string; readonly name: string; readonly reason: LeftReason; readonly message?: string };

async function takeAll(parts: AdminParts, judged: readonly Judged[], allowLocal: boolean) {
  const names = new Set((await parts.accountRepository.list()).map(({ name }) => name));
  const imported: Taken[] = [];
  const left: Left[] = [];
  for (const one of judged) {
    const outcome = await takeOne(parts, one, { names, allowLocal });
    if ('id' in outcome) imported.push(outcome);
    else left.push(outcome);
  }
  for (const kind of new Set(imported.map((one) => one.kind))) parts.live?.changed(`${kind}s`);
  return { imported, left };
}

/** What is wrong with one of them is said of it; the others are taken all the same. */
async function takeOne(parts: AdminParts, { entry, isLocal, reason }: Judged, taking: Taking): Promise<Taken | Left> {
  const { ref } = entry;
  const name = shown(entry.name);
  if (entry.kind === 'left') return { ref, name, reason: entry.reason };
  const why = reason ?? (isLocal && !taking.allowLocal ? 'local-address' : null);
  if (why !== null) return { ref, name, reason: why };
  try {
    return await (entry.kind === 'key' ? takeKey(parts, entry) : takeAccount(parts, entry, { ...taking, isLocal }));
  } catch (error) {
    if (!(error instanceof RelayError) || error.kind !== 'request-invalid') throw error;
    return { ref, name, reason: 'refused', message: error.message };
  }
}

interface Taking {
  /** Of accounts that are there. */
  readonly names: Set<string>;
  readonly allowLocal: boolean;
}

async function takeKey(parts: AdminParts, entry: Extract<FoundEntry, { kind: 'key' }>): Promise<Taken> {
  const { secret, fields, isEnabled } = entry.key;
  const [key] = await parts.keyRepository.importAll([{ secret, fields: { ...fields, name: shown(entry.name) } }]);
  if (!key) throw new AdminError('internal', 'The key was not made.');
  if (!isEnabled) await parts.keyRepository.update(key.id, { isEnabled: false });
  return { ref: entry.ref, kind: 'key', id: key.id, name: key.name };
}

async function takeAccount(
  parts: AdminParts,
  entry: Extract<FoundEntry, { kind: 'account' }>,
  { names, isLocal }: Taking & { readonly isLocal: boolean },
): Promise<Taken> {
  const { provider, settings, secret, models, modelMap, proxy, isEnabled } = entry.account;
  const name = freeName(shown(entry.name), names);
  const { id } = await createAccount(parts, {
    ...{ name, provider, settings: { ...settings }, secret, allowLocalUpstream: isLocal },
    ...(models && { models: [...models] }),
    ...(modelMap && { modelMap: { ...modelMap } }),
    ...(proxy !== undefined && { proxy }),
  });
  names.add(name);
  if (!isEnabled && (await parts.accountRepository.update(id, { isEnabled: false }))) await parts.accounts.reload();
  return { ref: entry.ref, kind: 'account', id, name };
}

const longest = 64;

/** As names are here: one line of at most 64 characters. */
function shown(name: string): string {
  return (
    name
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, longest)
      .trim() || 'imported'
  );
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let candidate = name;
  for (let number = 2; taken.has(candidate); number += 1) {
    const mark = ` ${number}`;
    candidate = name.slice(0, longest - mark.length) + mark;
  }
  return candidate;
}
