import { readFile } from 'node:fs/promises';
import { mappedRoles } from '../people/directory-input.ts';
import type { Input, Operations, Output } from '../server/admin/contract.ts';
import type { Command, Flags, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { definitionList } from './definitions.ts';
import type { FlagValues } from './flags.ts';
import type { Page } from './page.ts';
import { readPipedLines } from './secret-input.ts';
import { UsageError } from './usage-error.ts';

type Directory = Output<'showDirectory'>;
type Admission = Partial<Pick<Input<'setLdap'>['fields'], 'createMembers' | 'matchEmail' | 'roles' | 'otherRole'>>;

const kinds = ['ldap', 'oidc'] as const;

const admissionFlags: Flags = {
  stdin: { type: 'boolean', text: 'read the secret from standard input, one line' },
  'no-secret': { type: 'boolean', text: 'there is no secret any more' },
  'create-members': { type: 'boolean', text: 'whoever is not known here yet becomes a member' },
  'no-create-members': { type: 'boolean', text: 'only who is a member already is let in' },
  'match-email': { type: 'boolean', text: 'a member with the same e-mail address is the same person' },
  'no-match-email': { type: 'boolean', text: 'addresses make nobody a member' },
  role: { type: 'string', value: 'GROUP=ROLE', multiple: true, text: `${mappedRoles.join(', ')}; the first that fits` },
  'other-role': {
    type: 'string',
    value: 'ROLE',
    text: 'for whoever is in none of these groups; none lets them not in',
  },
};

const ldapFlags = {
  url: { type: 'string', value: 'URL', text: 'such as ldaps://directory.example.com' },
  'base-dn': { type: 'string', value: 'DN', text: 'where people are found' },
  'bind-dn': { type: 'string', value: 'DN', text: 'who searches; its password is the secret' },
  'user-filter': { type: 'string', value: 'FILTER', text: '{name} is what somebody typed' },
  'name-attribute': { type: 'string', value: 'NAME', text: 'what people are called; default: cn' },
  'email-attribute': { type: 'string', value: 'NAME', text: 'default: mail' },
  'id-attribute': { type: 'string', value: 'NAME', text: 'what stays the same; default: entryUUID, or objectGUID' },
  'group-attribute': { type: 'string', value: 'NAME', text: 'their groups; default: memberOf' },
  'group-filter': {
    type: 'string',
    value: 'FILTER',
    text: 'where groups list their people: {dn} and {name} are theirs',
  },
  'group-base-dn': { type: 'string', value: 'DN', text: 'where groups are searched for' },
} as const satisfies Flags;

const oidcFlags = {
  issuer: { type: 'string', value: 'URL', text: 'as it calls itself, such as https://login.example.com' },
  client: { type: 'string', value: 'ID', text: 'what it knows this Waystation by' },
  label: { type: 'string', value: 'TEXT', text: 'what the button says' },
  scopes: { type: 'string', value: 'LIST', text: 'default: openid profile email' },
  'name-claim': { type: 'string', value: 'NAME', text: 'default: name' },
  'groups-claim': { type: 'string', value: 'NAME', text: 'default: groups' },
} as const satisfies Flags;

export const directoryCommands: readonly Command[] = [
  {
    name: 'sign-in show',
    summary: 'show where members sign in beside their keys and passwords',
    flags: {},
    run: (call) => withOperations(call, async (operations) => print(call, await operations.showDirectory({}))),
  },
  {
    name: 'sign-in ldap',
    summary: 'let members sign in with their password of an LDAP directory; what is not named stays as it is',
    flags: {
      ...ldapFlags,
      'start-tls': { type: 'boolean', text: 'with ldap://: encrypt before anything is said' },
      'allow-plain': { type: 'boolean', text: 'accept that passwords cross the network readable' },
      ca: { type: 'string', value: 'FILE', text: 'certificates that the directory’s is checked against, PEM' },
      ...admissionFlags,
    },
    notes: ['  waystation sign-in ldap --url ldaps://directory.example.com --base-dn ou=people,dc=example,dc=com'],
    run: (call) =>
      withOperations(call, async (operations) => {
        const fields = await ldapFields(call, (await operations.showDirectory({})).ldap?.fields);
        return print(call, await operations.setLdap({ fields, secret: await readSecret(call) }));
      }),
  },
  {
    name: 'sign-in oidc',
    summary: 'let members sign in by an OpenID Connect issuer; what is not named stays as it is',
    flags: { ...oidcFlags, ...admissionFlags },
    notes: [
      'The issuer has to know where it sends people back to: the address they open, with /me/api/oidc/callback.',
      '  waystation sign-in oidc --issuer https://login.example.com --client waystation --stdin',
    ],
    run: (call) =>
      withOperations(call, async (operations) => {
        const fields = oidcFields(call.flags, (await operations.showDirectory({})).oidc?.fields);
        return print(call, await operations.setOidc({ fields, secret: await readSecret(call) }));
      }),
  },
  {
    name: 'sign-in remove',
    argument: 'KIND',
    summary: 'let nobody in by ldap or oidc any more',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const isLdap = kindOf(call) === 'ldap';
        return print(call, await (isLdap ? operations.removeLdap({}) : operations.removeOidc({})));
      }),
  },
  {
    name: 'sign-in test',
    argument: 'KIND',
    summary: 'try ldap or oidc, and say what fails',
    flags: { name: { type: 'string', value: 'NAME', text: 'with ldap: whether this person is found' } },
    run: (call) => withOperations(call, (operations) => test(call, operations)),
  },
];

async function test(call: Invocation, operations: Operations): Promise<number> {
  const result = await operations.testDirectory({ kind: kindOf(call), name: call.flags.text('name') });
  const text = (page: Page) =>
    [
      page.paint(result.ok ? 'green' : 'red', result.step === null ? 'works' : `failed at: ${result.step}`),
      result.message,
      ...(result.person ? [`Groups: ${result.person.groups.join('; ') || 'none'}`] : []),
    ].join('\n');
  call.print({ json: result, text });
  return result.ok ? 0 : 1;
}

function kindOf({ argument }: Invocation): (typeof kinds)[number] {
  const found = kinds.find((kind) => kind === argument);
  if (found) return found;
  throw new UsageError(`Say which: ${kinds.join(' or ')}.`);
}

async function ldapFields({ flags }: Invocation, before: object | undefined): Promise<Input<'setLdap'>['fields']> {
  const ca = flags.text('ca');
  return {
    url: '',
    baseDn: '',
    ...before,
    ...said(flags, Object.keys(ldapFlags)),
    ...(flags.has('start-tls') && { startTls: true }),
    ...(flags.has('allow-plain') && { allowPlain: true }),
    ...(ca !== undefined && { ca: await readFile(ca, 'utf8') }),
    ...admission(flags),
  };
}

function oidcFields(flags: FlagValues, before: object | undefined): Input<'setOidc'>['fields'] {
  const { client, ...more } = said(flags, Object.keys(oidcFlags));
  return {
    issuer: '',
    clientId: '',
    ...before,
    ...more,
    ...(client !== undefined && { clientId: client }),
    ...admission(flags),
  };
}

/** Only what is said, by the names of the fields. */
function said(flags: FlagValues, names: readonly string[]): Record<string, string> {
  const found = names.flatMap((name): [string, string][] => {
    const value = flags.text(name);
    return value === undefined ? [] : [[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), value]];
  });
  return Object.fromEntries(found);
}

function admission(flags: FlagValues): Admission {
  const other = flags.choice('other-role', [...mappedRoles, 'none']);
  return {
    ...switched(flags, { name: 'create-members', field: 'createMembers' }),
    ...switched(flags, { name: 'match-email', field: 'matchEmail' }),
    ...(flags.has('role') && { roles: flags.list('role').map(readRole) }),
    ...(other !== undefined && { otherRole: other === 'none' ? null : other }),
  };
}

function switched(flags: FlagValues, { name, field }: { readonly name: string; readonly field: string }) {
  if (!flags.has(name) && !flags.has(`no-${name}`)) return {};
  return { [field]: flags.has(name) };
}

/** Names of groups have `=` in them; roles have not. */
function readRole(text: string): { group: string; role: (typeof mappedRoles)[number] } {
  const mark = text.lastIndexOf('=');
  const role = mappedRoles.find((one) => one === text.slice(mark + 1));
  if (mark < 1 || role === undefined)
    throw new UsageError(`--role must be GROUP=ROLE, with ${mappedRoles.join(', ')}.`);
  return { group: text.slice(0, mark), role };
}

async function readSecret({ flags, io }: Invocation): Promise<string | null | undefined> {
  if (flags.has('no-secret')) return null;
  return flags.has('stdin') ? (await readPipedLines(io.stdin, ['the secret']))[0] : undefined;
}

function print(call: Invocation, directory: Directory): number {
  return call.print({ json: directory, text: (page) => directoryText(page, directory) });
}

function directoryText(page: Page, { ldap, oidc }: Directory): string {
  if (!ldap && !oidc) return 'Members sign in with their keys and passwords only. See: waystation sign-in ldap --help';
  const about = (
    name: string,
    where: string,
    { fields, hasSecret }: NonNullable<Directory['ldap'] | Directory['oidc']>,
  ) =>
    definitionList(page, [
      [name, where],
      ['Secret', hasSecret ? 'set' : 'none'],
      ['New people', fields.createMembers ? 'become members' : 'are not let in'],
      ['Roles', fields.roles.map(({ group, role }) => `${group} → ${role}`).join('; ') || undefined],
      ['Others', fields.otherRole ?? 'are not let in'],
    ]);
  return [
    ...(ldap ? [about('LDAP', ldap.fields.url, ldap)] : []),
    ...(oidc ? [about('OpenID', oidc.fields.issuer, oidc)] : []),
  ].join('\n\n');
}
