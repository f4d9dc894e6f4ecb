import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';
import type { KeyDirectory } from '../../keys/directory.ts';
import { type ApiKey, isUsable, type Member } from '../../keys/key.ts';
import type { MemberRepository } from '../../keys/member-repository.ts';
import { readMemberAccess } from '../../people/access-rules.ts';
import type { PasswordHashes } from '../../people/password-hash.ts';
import type { SecondFactors } from '../../people/second-factors.ts';
import type { MemberSession, MemberSessions } from '../../people/sessions.ts';
import type { SignInRepository } from '../../people/sign-in-repository.ts';
import { TryLimit } from '../../people/try-limit.ts';
import type { SettingsRepository } from '../../store/settings.ts';
import { AdminError } from '../admin/errors.ts';

export interface MemberDoorDeps {
  readonly clock: Clock;
  readonly settings: Pick<SettingsRepository, 'get'>;
  readonly members: Pick<MemberRepository, 'list' | 'find'>;
  readonly keys: Pick<KeyDirectory, 'verify' | 'get'>;
  readonly signIns: Pick<SignInRepository, 'list' | 'passwordHash'>;
  readonly hashes: PasswordHashes;
  readonly factors: Pick<SecondFactors, 'show' | 'check'>;
  readonly sessions: MemberSessions;
  /** Whether a directory takes passwords too. */
  hasDirectory(): Promise<boolean>;
  /** The member whom a directory knows by this name and password. Throws when it refuses, or cannot be asked. */
  askDirectory(given: NamedPassword, address: string | undefined): Promise<Member | undefined>;
}

export interface NamedPassword {
  readonly name: string;
  readonly password: string;
  /** Of whoever turned a second factor on. */
  readonly code?: string | undefined;
}
export type MemberCredentials = { readonly key: string } | NamedPassword;

/** Who looks at their own page: a member, or a key that is nobody's. */
export interface Visitor {
  readonly way: MemberSession['way'];
  readonly member: Member | undefined;
  /** The key they signed in with. */
  readonly key: ApiKey | undefined;
}

const minuteMs = 60_000;
/** Many people may share an address. */
const byAddress = { maxWrong: 30, windowMs: minuteMs, firstRestMs: minuteMs, longestRestMs: 15 * minuteMs };
const byAccount = { maxWrong: 5, windowMs: 15 * minuteMs, firstRestMs: minuteMs, longestRestMs: 15 * minuteMs };

/** Lets members in to their own page. What is wrong is never said closer than that it is. */
export class MemberDoor {
  readonly #deps: MemberDoorDeps;
  readonly #addresses: TryLimit;
  readonly #accounts: TryLimit;

  constructor(deps: MemberDoorDeps) {
    this.#deps = deps;
    this.#addresses = new TryLimit(deps.clock, byAddress);
    this.#accounts = new TryLimit(deps.clock, byAccount);
  }

  async ways(): Promise<{ readonly key: boolean; readonly password: boolean }> {
    const { allowKeys, allowPasswords } = await readMemberAccess(this.#deps.settings);
    return { key: allowKeys, password: allowPasswords || (await this.#deps.hasDirectory()) };
  }

  /** Answers the token of a new session. */
  async signIn(given: MemberCredentials, address: string | undefined): Promise<string> {
    return await this.attempt(
      { account: 'key' in given ? undefined : given.name, address },
      async () => await ('key' in given ? this.#byKey(given.key, address) : this.#byPassword(given, address)),
    );
  }

  /** Counts a try, and counts it no more when it was right. Throws `too-many-tries`, `sign-in-refused`. */
  async attempt<Result>(
    who: { readonly account: string | undefined; readonly address: string | undefined },
    work: () => Promise<Result>,
  ): Promise<Result> {
    const names = [
      [this.#addresses, nameOf(who.address ?? '')],
      ...(who.account === undefined ? [] : [[this.#accounts, nameOf(who.account)] as const]),
    ] as const;
    const restMs = Math.max(...names.map(([limit, name]) => limit.restMs(name)));
    if (restMs > 0) throw tooManyTries(restMs);
    const forgive = names.map(([limit, name]) => limit.begin(name));
    const result = await work();
    for (const one of forgive) one();
    return result;
  }

  /** Undefined when the session is over: also once the way in that it came by is gone or another one. */
  async visitor(token: string | undefined): Promise<Visitor | undefined> {
    const session = token === undefined ? undefined : await this.#deps.sessions.find(token);
    if (!session) return undefined;
    const { way } = session;
    if (way === 'key') return this.#keyVisitor(session);
    const member = session.memberId === undefined ? undefined : await this.#deps.members.find(session.memberId);
    if (member?.state !== 'active') return undefined;
    const signIn = (await this.#deps.signIns.list(member.id)).find((one) => one.way === way);
    return String(signIn?.updatedAt) === session.stamp ? { way, member, key: undefined } : undefined;
  }

  async #keyVisitor({ keyId = '', stamp }: MemberSession): Promise<Visitor | undefined> {
    const key = this.#deps.keys.get(keyId);
    const { allowKeys } = await readMemberAccess(this.#deps.settings);
    if (!allowKeys || !key || key.prefix !== stamp || !isUsable(key, this.#deps.clock.now())) return undefined;
    return { way: 'key', member: key.member, key };
  }

  async #byKey(secret: string, address: string | undefined): Promise<string> {
    const { allowKeys } = await readMemberAccess(this.#deps.settings);
    const verdict = this.#deps.keys.verify(secret, this.#deps.clock.now(), address);
    if (!allowKeys || !verdict.ok) throw refused('This key does not work here. Check it, or ask who gave it to you.');
    const { id, prefix, memberId } = verdict.key;
    return await this.#deps.sessions.open({ way: 'key', keyId: id, memberId, stamp: prefix });
  }

  /** A password that was set here goes first; a directory is asked for whoever has none, or another one. */
  async #byPassword(given: NamedPassword, address: string | undefined): Promise<string> {
    const { allowPasswords } = await readMemberAccess(this.#deps.settings);
    const member = allowPasswords ? await this.#named(given.name) : undefined;
    const hash = member && (await this.#deps.signIns.passwordHash(member.id));
    const isRight = await this.#deps.hashes.isRight(given.password, hash);
    if (isRight && member?.state === 'active') {
      if (await this.#isProved(member.id, given.code)) return await this.open(member, 'password');
      throw wrongPassword();
    }
    const known = isRight ? undefined : await this.#deps.askDirectory(given, address);
    if (known) return await this.open(known, 'ldap');
    throw wrongPassword();
  }

  /** A code is asked of whoever turned that on. A directory and an issuer have factors of their own. */
  async #isProved(memberId: string, code = ''): Promise<boolean> {
    const { isOn } = await this.#deps.factors.show(memberId);
    return !isOn || (await this.#deps.factors.check(memberId, code));
  }

  /** For whoever proved to be this member. */
  async open(member: Member, way: 'password' | 'ldap' | 'oidc'): Promise<string> {
    const signIn = (await this.#deps.signIns.list(member.id)).find((one) => one.way === way);
    return await this.#deps.sessions.open({ way, memberId: member.id, stamp: String(signIn?.updatedAt) });
  }

  /** By their name, or by an e-mail address that only one of them has. */
  async #named(given: string): Promise<Member | undefined> {
    const wanted = given.trim().toLowerCase();
    const all = await this.#deps.members.list();
    const byEmail = all.filter(({ email }) => email?.toLowerCase() === wanted);
    return all.find(({ name }) => name.toLowerCase() === wanted) ?? (byEmail.length === 1 ? byEmail[0] : undefined);
  }
}

function wrongPassword(): AdminError {
  return refused(
    'The name, the password or the code is wrong. Ask the owner of this Waystation when you do not know yours.',
  );
}

export function refused(message: string): AdminError {
  return new AdminError('sign-in-refused', message);
}

function tooManyTries(retryAfterMs: number): AdminError {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  return new AdminError('too-many-tries', `Too many wrong sign-ins. Try again in ${seconds} seconds.`, {
    retryAfterMs,
  });
}

/** Names may be as long as they like, and are kept for a while. */
function nameOf(text: string): string {
  return createHash('sha256').update(text.trim().toLowerCase()).digest('base64url');
}
