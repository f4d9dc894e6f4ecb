import type { Limiter } from './keys/limiter.ts';
import type { KeyUses } from './keys/uses.ts';
import { findPages } from './pages-folder.ts';
import type { Parts } from './parts.ts';
import { readMemberAccess } from './people/access-rules.ts';
import { admit, type Person } from './people/admission.ts';
import type { AdmissionRules } from './people/directory-input.ts';
import { DirectorySettings } from './people/directory-settings.ts';
import { askLdap, DirectoryUnusable } from './people/ldap.ts';
import { OidcClient } from './people/oidc.ts';
import { PasswordHashes } from './people/password-hash.ts';
import { SecondFactors } from './people/second-factors.ts';
import { MemberSessions } from './people/sessions.ts';
import { SignInRepository } from './people/sign-in-repository.ts';
import { AdminError } from './server/admin/errors.ts';
import type { MeRouters } from './server/express-app.ts';
import { MemberDoor, type NamedPassword, refused } from './server/me/door.ts';
import { OidcDoor } from './server/me/oidc-door.ts';
import { OwnSignIn } from './server/me/own-sign-in.ts';
import { mePages } from './server/me/pages.ts';
import { type MeDeps, meRouter } from './server/me/router.ts';
import type { State } from './state/state.ts';

interface Live {
  readonly state: Pick<State, 'marks'>;
  readonly limiter: Limiter;
  readonly uses: KeyUses;
}

interface Log {
  warn(message: string, facts: Readonly<Record<string, string>>): void;
}

/** The members' own page. */
export function createMe(parts: Parts, { state, limiter, uses }: Live, log: Log): MeRouters {
  const { settings, vault, store, members, keys, keyRepository, rollups, ports } = parts;
  const { clock } = ports;
  const report = (error: unknown) => log.warn('a request of a member failed', { error: String(error) });
  const signIns = new SignInRepository(store, clock);
  const directories = new DirectorySettings(settings, vault);
  const sessions = new MemberSessions(state.marks, clock);
  const hashes = new PasswordHashes();
  const factors = new SecondFactors(store, vault, clock);
  const admitted = async (person: Person, rules: AdmissionRules, address: string | undefined) => {
    const change = { actor: { kind: 'member', address }, action: 'memberSignIn', at: clock.now() } as const;
    return await store.audited(change, () => admit({ members, signIns }, person, rules));
  };
  const door = new MemberDoor({
    ...{ clock, settings, members, keys, signIns, sessions, hashes, factors },
    hasDirectory: async () => (await directories.ldap()) !== undefined,
    askDirectory: async (given, address) => {
      const person = await askDirectory(directories, given, report);
      if (!person) return undefined;
      const member = await admitted(person.person, person.rules, address);
      if (typeof member === 'string') throw refused(refusals[member]);
      return member;
    },
  });
  const oidc = new OidcDoor({
    ...{ directories, client: new OidcClient(clock), marks: state.marks, door, admit: admitted, report },
  });
  const audited: MeDeps['audited'] = (change, work) => store.audited(change, work);
  const own = new OwnSignIn({ clock, door, signIns, hashes, factors, audited });
  const deps = {
    ...{ clock, rollups, door, oidc, own, report, audited },
    listKeys: () => keyRepository.list(),
    keyUses: () => uses.read(),
    limitStandings: (key) => limiter.standings(key),
    alerts: () => parts.alerts.ongoing('').map(({ alert }) => alert),
    access: () => readMemberAccess(settings),
    closeSession: (token) => sessions.close(token),
    rotateKey: (id, graceMs) => keyRepository.rotate(id, graceMs),
  } satisfies Omit<MeDeps, 'seen'>;
  return { api: (seen) => meRouter({ ...deps, seen }), pages: mePages(findPages('me')) };
}

/** For somebody who proved who they are. */
const refusals = {
  'no-group': 'Your groups do not give you access here. Ask the owner of this Waystation.',
  unknown: 'There is no member for you here yet. Ask the owner of this Waystation to add you.',
  suspended: 'Your access is suspended. Ask the owner of this Waystation.',
  'name-taken': 'Somebody else here has your name. Ask the owner of this Waystation to add you.',
} as const;

async function askDirectory(directories: DirectorySettings, given: NamedPassword, report: (error: unknown) => void) {
  const ldap = await directories.ldap();
  if (!ldap) return undefined;
  try {
    const person = await askLdap({ fields: ldap.fields, secret: await directories.secret('ldap') }, given);
    return person && { person, rules: ldap.fields };
  } catch (error) {
    if (!(error instanceof DirectoryUnusable)) throw error;
    report(error);
    const message = 'The directory does not answer. Try again later, or sign in with your key.';
    throw new AdminError('unavailable', message, { cause: error });
  }
}
