import * as z from 'zod';

// Nothing of Node: the admin contract shares it.

const line = (most: number) =>
  z
    .string('must be text')
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');

/** What a group somewhere else may make of somebody here: never an owner. */
export const mappedRoles = ['admin', 'member', 'viewer'] as const;

const admission = {
  /** Whether somebody who is not known here yet becomes a member with their first sign-in. */
  createMembers: z.boolean().default(false),
  /** Whether a member with the same e-mail address is taken for the same person. */
  matchEmail: z.boolean().default(false),
  /** The first group that somebody is in decides what they may do, with each sign-in anew. */
  roles: z
    .array(z.strictObject({ group: line(500), role: z.enum(mappedRoles, `must be one of: ${mappedRoles.join(', ')}`) }))
    .max(50)
    .default([]),
  /** For whoever is in none of these groups; null lets them not in. */
  otherRole: z.enum(mappedRoles).nullable().default('member'),
};

const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'must be the name of an attribute');

export const ldapFields = z
  .strictObject({
    /** Such as `ldaps://directory.example.com`. */
    url: z
      .string()
      .max(500)
      .regex(/^ldaps?:\/\/[^/?#@\s]+\/?$/, 'must be such as ldaps://directory.example.com:636'),
    /** With `ldap://`: to encrypt before anything is said. */
    startTls: z.boolean().default(false),
    /** Accepts that passwords cross the network readable. */
    allowPlain: z.boolean().default(false),
    /** Certificates that the server's is checked against, beside the usual ones; PEM. */
    ca: z.string().max(50_000).includes('-----BEGIN CERTIFICATE-----', 'must be a certificate in PEM').optional(),
    /** Who searches; without it anonymously. */
    bindDn: line(500).optional(),
    /** Where people are found. */
    baseDn: line(500),
    /** `{name}` is what somebody typed. */
    userFilter: line(500)
      .includes('{name}', 'must contain {name}')
      .default('(&(objectClass=person)(|(uid={name})(mail={name})))'),
    nameAttribute: attribute.default('cn'),
    emailAttribute: attribute.default('mail'),
    /** What stays the same when somebody is renamed. */
    idAttribute: attribute.default('entryUUID'),
    /** Where an entry lists its groups, by their names. */
    groupAttribute: attribute.default('memberOf'),
    /** Where groups list their people instead: they are searched for. `{dn}` and `{name}` are the person's. */
    groupFilter: line(500).optional(),
    groupBaseDn: line(500).optional(),
    ...admission,
  })
  .refine(({ url, startTls, allowPlain }) => url.startsWith('ldaps:') || startTls || allowPlain, {
    path: ['url'],
    message: 'must begin with ldaps://, or say startTls: passwords would cross the network readable',
  });
export type LdapSettings = Readonly<z.output<typeof ldapFields>>;

const loopback = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/;

export const oidcFields = z.strictObject({
  /** As it calls itself; its configuration is found under it. */
  issuer: z
    .url('must be an address such as https://login.example.com')
    .max(500)
    .refine((url) => url.startsWith('https://') || loopback.test(url), 'must begin with https://')
    .refine((url) => !/[?#@]/.test(url), 'must have no query and no user'),
  clientId: line(500),
  /** What the button on the sign-in page says. */
  label: line(40).default('Single sign-on'),
  scopes: line(500)
    .refine((text) => text.split(' ').includes('openid'), 'must contain openid')
    .default('openid profile email'),
  nameClaim: line(100).default('name'),
  groupsClaim: line(100).default('groups'),
  ...admission,
});
export type OidcSettings = Readonly<z.output<typeof oidcFields>>;

export type AdmissionRules = Pick<LdapSettings, 'createMembers' | 'matchEmail' | 'roles' | 'otherRole'>;

/** Sealed at once, and never answered. */
export const directorySecret = z.string().min(1).max(1_000);
