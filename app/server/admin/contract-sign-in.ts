import * as z from 'zod';
import { directorySecret, ldapFields, oidcFields } from '../../people/directory-input.ts';

// The part of the contract that is about how members sign in to their own page.

const id = z.string().min(1).max(64);
const none = z.strictObject({});
const byId = z.strictObject({ id });

const way = z.enum(['password', 'ldap', 'oidc']);

const memberSignIn = z.object({
  memberId: id,
  ways: z.array(
    z.object({
      way,
      /** Whom the directory or the issuer means; the member's id for a password. */
      subject: z.string(),
      updatedAt: z.int(),
    }),
  ),
});

/** What was set up, without secrets. */
const directory = z.object({
  ldap: z.object({ fields: ldapFields, hasSecret: z.boolean() }).nullable(),
  oidc: z.object({ fields: oidcFields, hasSecret: z.boolean() }).nullable(),
});

const person = z.object({
  subject: z.string(),
  name: z.string(),
  email: z.string().optional(),
  groups: z.array(z.string()),
});

/** How far it came: the first step that failed says why, and what comes after was not tried. */
const directoryTest = z.object({
  ok: z.boolean(),
  /** Where it failed. */
  step: z.enum(['set-up', 'connect', 'bind', 'search', 'password', 'groups', 'discover']).nullable(),
  message: z.string(),
  /** Who was asked about. */
  person: person.nullable(),
});

const secondFactor = z.object({ memberId: id, isOn: z.boolean(), recoveryCodesLeft: z.int() });

export const signInRoutes = {
  showSecondFactor: { method: 'GET', path: '/members/:id/second-factor', input: byId, output: secondFactor },
  /** Its secret is shown this once; it is on when a code of it was right. */
  beginSecondFactor: {
    method: 'POST',
    path: '/members/:id/second-factor',
    input: byId,
    output: z.object({ secret: z.string(), address: z.string() }),
  },
  confirmSecondFactor: {
    method: 'POST',
    path: '/members/:id/second-factor/confirm',
    input: z.strictObject({ id, code: z.string().min(1).max(64) }),
    output: secondFactor.extend({ recoveryCodes: z.array(z.string()) }),
  },
  removeSecondFactor: { method: 'DELETE', path: '/members/:id/second-factor', input: byId, output: secondFactor },
  showMemberSignIn: { method: 'GET', path: '/members/:id/sign-in', input: byId, output: memberSignIn },
  /** Sessions that were opened with the one before are over. */
  setMemberPassword: {
    method: 'POST',
    path: '/members/:id/password',
    input: z.strictObject({ id, password: z.string().min(10, 'must have at least 10 characters').max(200) }),
    output: memberSignIn,
  },
  removeMemberSignIn: {
    method: 'DELETE',
    path: '/members/:id/sign-in/:way',
    input: z.strictObject({ id, way }),
    output: memberSignIn,
  },
  showDirectory: { method: 'GET', path: '/directory', input: none, output: directory },
  /** A secret that is left out stays; null takes it away. */
  setLdap: {
    method: 'POST',
    path: '/directory/ldap',
    input: z.strictObject({ fields: ldapFields, secret: directorySecret.nullable().optional() }),
    output: directory,
  },
  removeLdap: { method: 'DELETE', path: '/directory/ldap', input: none, output: directory },
  setOidc: {
    method: 'POST',
    path: '/directory/oidc',
    input: z.strictObject({ fields: oidcFields, secret: directorySecret.nullable().optional() }),
    output: directory,
  },
  removeOidc: { method: 'DELETE', path: '/directory/oidc', input: none, output: directory },
  /** Changes nothing. With a name, also whether that person is found, and what is known of them. */
  testDirectory: {
    method: 'POST',
    path: '/directory/test',
    input: z.strictObject({ kind: z.enum(['ldap', 'oidc']), name: z.string().min(1).max(254).optional() }),
    output: directoryTest,
  },
} as const;
