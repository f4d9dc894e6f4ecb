import { type ConnectionOptions, rootCertificates } from 'node:tls';
import type { Client, Entry } from 'ldapts';
import type { Person } from './admission.ts';
import type { LdapSettings } from './directory-input.ts';
import { filled } from './ldap-filter.ts';

/** What is done with a directory, in this order; whoever sets it up is told how far it came. */
export const ldapSteps = ['connect', 'bind', 'search', 'password', 'groups'] as const;
export type LdapStep = (typeof ldapSteps)[number];

/** The directory could not be asked: that is nothing that the person who signs in did. */
export class DirectoryUnusable extends Error {
  readonly step: LdapStep;

  constructor(step: LdapStep, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DirectoryUnusable';
    this.step = step;
  }
}

export interface LdapQuestion {
  readonly fields: LdapSettings;
  readonly secret: string | undefined;
}

const patienceMs = 5_000;

/** Who this is, proved by their password. Undefined when there is no such person, or the password is another one. Throws `DirectoryUnusable`. */
export async function askLdap(
  question: LdapQuestion,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<Person | undefined> {
  // NOTE: a bind without a password is anonymous, and succeeds.
  if (password === '' || name.trim() === '') return undefined;
  await using search = await connect(question.fields);
  await bindSearcher(search.client, question);
  const entry = await findEntry(search.client, question.fields, name.trim());
  if (!entry || !(await isPassword(question.fields, entry.dn, password))) return undefined;
  return await toPerson(search.client, question.fields, { entry, name: name.trim() });
}

/** Everything that goes without a person's password; with a name, whether they are found and in which groups. */
export async function tryLdap(question: LdapQuestion, name: string | undefined): Promise<Person | undefined> {
  await using search = await connect(question.fields);
  await bindSearcher(search.client, question);
  const wanted = name?.trim() ?? '';
  const entry = await findEntry(search.client, question.fields, wanted === '' ? 'waystation' : wanted);
  if (wanted === '') return undefined;
  if (!entry)
    throw new DirectoryUnusable('search', `Nobody called ${wanted} is found below ${question.fields.baseDn}.`);
  return await toPerson(search.client, question.fields, { entry, name: wanted });
}

interface Connected extends AsyncDisposable {
  readonly client: Client;
}

async function connect({ url, startTls, ca }: LdapSettings): Promise<Connected> {
  const { hostname } = new URL(url);
  const tlsOptions: ConnectionOptions = {
    minVersion: 'TLSv1.2',
    servername: /^[\d.]+$|:/.test(hostname) ? '' : hostname,
    ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
  };
  const isSecure = url.startsWith('ldaps:');
  const { Client: LdapClient } = await import('ldapts');
  const client = new LdapClient({
    ...{ url, timeout: patienceMs, connectTimeout: patienceMs, strictDN: false },
    ...(isSecure && { tlsOptions }),
  });
  const close = async () => await client.unbind().catch(() => undefined);
  try {
    // NOTE: with StartTLS a server's name is checked only where it is told.
    if (!isSecure && startTls) await client.startTLS({ ...tlsOptions, host: hostname });
    return { client, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw new DirectoryUnusable('connect', `The directory cannot be reached encrypted: ${textOf(error)}.`, error);
  }
}

async function bindSearcher(client: Client, { fields: { bindDn }, secret }: LdapQuestion): Promise<void> {
  try {
    await client.bind(bindDn ?? '', bindDn === undefined ? '' : (secret ?? ''));
  } catch (error) {
    if (codeOf(error) === invalidCredentials) {
      const message = `The directory does not take the name or the password that searches: ${bindDn ?? 'anonymous'}.`;
      throw new DirectoryUnusable('bind', message, error);
    }
    const step = isOwnError(error) ? 'bind' : 'connect';
    throw new DirectoryUnusable(step, `The directory cannot be reached: ${textOf(error)}.`, error);
  }
}

/** Undefined too where the name fits several: nobody can say whose it is. */
async function findEntry(client: Client, fields: LdapSettings, name: string): Promise<Entry | undefined> {
  const { baseDn, userFilter, nameAttribute, emailAttribute, idAttribute, groupAttribute } = fields;
  const found = await search(
    client,
    { step: 'search', base: baseDn },
    {
      filter: await filled(userFilter, { name }),
      attributes: [nameAttribute, emailAttribute, idAttribute, groupAttribute],
      explicitBufferAttributes: [idAttribute],
      sizeLimit: 2,
    },
  );
  return found.length === 1 ? found[0] : undefined;
}

async function isPassword(fields: LdapSettings, dn: string, password: string): Promise<boolean> {
  await using person = await connect(fields);
  try {
    await person.client.bind(dn, password);
    return true;
  } catch (error) {
    // Locked or expired there is wrong here: the directory said no.
    if (isOwnError(error)) return false;
    throw new DirectoryUnusable('password', `The directory cannot be reached: ${textOf(error)}.`, error);
  }
}

async function toPerson(
  client: Client,
  fields: LdapSettings,
  { entry, name }: { readonly entry: Entry; readonly name: string },
): Promise<Person> {
  const { nameAttribute, emailAttribute, idAttribute, groupAttribute, groupFilter, groupBaseDn, baseDn } = fields;
  const [id] = bytesOf(entry[idAttribute]);
  const groups =
    groupFilter === undefined
      ? textsOf(entry[groupAttribute])
      : (
          await search(
            client,
            { step: 'groups', base: groupBaseDn ?? baseDn },
            {
              filter: await filled(groupFilter, { dn: entry.dn, name }),
              attributes: ['cn'],
              sizeLimit: 500,
            },
          )
        ).map(({ dn }) => dn);
  return {
    way: 'ldap',
    subject: id === undefined ? `dn:${entry.dn.toLowerCase()}` : `id:${id.toString('hex')}`,
    name: (textsOf(entry[nameAttribute])[0] ?? name).slice(0, 64),
    email: textsOf(entry[emailAttribute])[0],
    groups,
  };
}

type SearchOptions = NonNullable<Parameters<Client['search']>[1]>;

async function search(
  client: Client,
  { step, base }: { readonly step: LdapStep; readonly base: string },
  options: SearchOptions,
): Promise<readonly Entry[]> {
  try {
    return (await client.search(base, { scope: 'sub', timeLimit: patienceMs / 1_000, ...options })).searchEntries;
  } catch (error) {
    // Too many to be told: of people it can be nobody, and of groups none counts.
    if (codeOf(error) === sizeLimitExceeded) return [];
    throw new DirectoryUnusable(
      step,
      `The directory does not answer the search below ${base}: ${textOf(error)}.`,
      error,
    );
  }
}

function textsOf(value: Entry[string] | undefined): string[] {
  const all = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return all.map((one) => (typeof one === 'string' ? one : one.toString('utf8'))).filter((text) => text !== '');
}

function bytesOf(value: Entry[string] | undefined): Buffer[] {
  const all = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return all.map((one) => (typeof one === 'string' ? Buffer.from(one) : one)).filter(({ length }) => length > 0);
}

/** An answer of the directory, and not of the network. */
function isOwnError(error: unknown): boolean {
  return codeOf(error) !== undefined;
}

/** Result codes of RFC 4511, 4.1.9. */
const sizeLimitExceeded = 4;
const invalidCredentials = 49;

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

/** Never what was sent: it may be a password. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error.message || error.name).replace(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, 300);
}
