import type * as z from 'zod';
import type { Member } from '../../keys/key.ts';
import { DirectorySettings } from '../../people/directory-settings.ts';
import { DirectoryUnusable, tryLdap } from '../../people/ldap.ts';
import { IssuerUnusable, OidcClient } from '../../people/oidc.ts';
import { PasswordHashes } from '../../people/password-hash.ts';
import { SecondFactors } from '../../people/second-factors.ts';
import { SignInRepository } from '../../people/sign-in-repository.ts';
import { SecretUnreadable } from '../../secrets/vault.ts';
import { signInRoutes } from './contract-sign-in.ts';
import { AdminError } from './errors.ts';
import { checkMemberChange } from './member-guard.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'members' | 'settings' | 'vault' | 'store' | 'ports'>;
type TestResult = z.input<typeof signInRoutes.testDirectory.output>;

export function signInOperations(parts: Parts) {
  const directories = new DirectorySettings(parts.settings, parts.vault);
  return { ...memberSignIns(parts), ...secondFactors(parts), ...directoryOperations(directories, parts) };
}

function memberSignIns(parts: Parts) {
  const signIns = new SignInRepository(parts.store, parts.ports.clock);
  const hashes = new PasswordHashes();
  const shown = async (memberId: string) => ({ memberId, ways: await signIns.list(memberId) });
  return {
    showMemberSignIn: operation(signInRoutes.showMemberSignIn, async ({ id }) => {
      await known(parts, id);
      return await shown(id);
    }),
    setMemberPassword: operation(signInRoutes.setMemberPassword, async ({ id, password }, actor) => {
      await known(parts, id);
      await checkMemberChange(parts, actor, { id });
      await signIns.setPassword(id, await hashes.make(password));
      return await shown(id);
    }),
    removeMemberSignIn: operation(signInRoutes.removeMemberSignIn, async ({ id, way }, actor) => {
      await known(parts, id);
      await checkMemberChange(parts, actor, { id });
      if (await signIns.remove(id, way)) return await shown(id);
      throw new AdminError('not-found', 'This member does not sign in like that.');
    }),
  };
}

function secondFactors(parts: Parts) {
  const factors = new SecondFactors(parts.store, parts.vault, parts.ports.clock);
  const shown = async (memberId: string) => ({ memberId, ...(await factors.show(memberId)) });
  return {
    showSecondFactor: operation(signInRoutes.showSecondFactor, async ({ id }) => {
      await known(parts, id);
      return await shown(id);
    }),
    beginSecondFactor: operation(signInRoutes.beginSecondFactor, async ({ id }, actor) => {
      const { name } = await known(parts, id);
      await checkMemberChange(parts, actor, { id });
      return await factors.begin(id, name);
    }),
    confirmSecondFactor: operation(signInRoutes.confirmSecondFactor, async ({ id, code }, actor) => {
      await known(parts, id);
      await checkMemberChange(parts, actor, { id });
      const recoveryCodes = await factors.confirm(id, code);
      if (recoveryCodes) return { ...(await shown(id)), recoveryCodes: [...recoveryCodes] };
      throw new AdminError('conflict', 'This code is wrong or too old. Type the one that the app shows now.');
    }),
    removeSecondFactor: operation(signInRoutes.removeSecondFactor, async ({ id }, actor) => {
      await known(parts, id);
      await checkMemberChange(parts, actor, { id });
      await factors.remove(id);
      return await shown(id);
    }),
  };
}

async function known({ members }: Parts, id: string): Promise<Member> {
  const member = await members.find(id);
  if (member) return member;
  throw new AdminError('not-found', 'There is no such member. See which there are with: waystation member list');
}

function directoryOperations(directories: DirectorySettings, { ports }: Parts) {
  const shown = async () => ({ ldap: (await directories.ldap()) ?? null, oidc: (await directories.oidc()) ?? null });
  return {
    showDirectory: operation(signInRoutes.showDirectory, shown),
    setLdap: operation(signInRoutes.setLdap, async ({ fields, secret }) => {
      await directories.set('ldap', fields, secret);
      return await shown();
    }),
    removeLdap: operation(signInRoutes.removeLdap, async () => {
      await directories.remove('ldap');
      return await shown();
    }),
    setOidc: operation(signInRoutes.setOidc, async ({ fields, secret }) => {
      await directories.set('oidc', fields, secret);
      return await shown();
    }),
    removeOidc: operation(signInRoutes.removeOidc, async () => {
      await directories.remove('oidc');
      return await shown();
    }),
    testDirectory: operation(signInRoutes.testDirectory, async ({ kind, name }) => {
      try {
        return await (kind === 'ldap'
          ? testLdap(directories, name)
          : testOidc(directories, new OidcClient(ports.clock)));
      } catch (error) {
        return failed(error);
      }
    }),
  };
}

async function testLdap(directories: DirectorySettings, name: string | undefined): Promise<TestResult> {
  const ldap = await directories.ldap();
  if (!ldap) return notSetUp;
  const person = await tryLdap({ fields: ldap.fields, secret: await directories.secret('ldap') }, name);
  const message = person ? `The directory answers, and knows ${person.name}.` : 'The directory answers.';
  return { ok: true, step: null, message, person: person ? { ...person, groups: [...person.groups] } : null };
}

async function testOidc(directories: DirectorySettings, client: OidcClient): Promise<TestResult> {
  const oidc = await directories.oidc();
  if (!oidc) return notSetUp;
  await client.discover({ fields: oidc.fields, secret: await directories.secret('oidc') });
  const message = 'The issuer answers. Whether it takes the client shows with the first sign-in.';
  return { ok: true, step: null, message, person: null };
}

const notSetUp: TestResult = { ok: false, step: 'set-up', message: 'It is not set up yet.', person: null };

/** What it was about is said; any other error is a defect. */
function failed(error: unknown): TestResult {
  const no = { ok: false, person: null };
  if (error instanceof DirectoryUnusable) return { ...no, step: error.step, message: error.message };
  if (error instanceof IssuerUnusable) return { ...no, step: 'discover', message: error.message };
  if (error instanceof SecretUnreadable) return { ...no, step: 'set-up', message: `${error.message}. Set it again.` };
  throw error;
}
