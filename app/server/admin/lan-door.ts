import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../../domain/clock.ts';
import type { Member } from '../../keys/key.ts';
import type { MemberRepository } from '../../keys/member-repository.ts';
import { PasswordHashes } from '../../people/password-hash.ts';
import type { SecondFactors } from '../../people/second-factors.ts';
import type { SignInRepository } from '../../people/sign-in-repository.ts';
import { TryLimit } from '../../people/try-limit.ts';
import { AuditLog } from '../../store/audit-log.ts';
import { SettingsRepository } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import type { Credentials } from './door.ts';
import { AdminError } from './errors.ts';
import type { AdminRole } from './roles.ts';
import { AdminSessions, type SessionOrigin, type SessionState } from './sessions.ts';

export const adminLanSetting = 'admin.lan';
export const adminLan = z.strictObject({
  /** Whether the admin pages are served to other computers at all. */
  isOn: z.boolean().default(false),
  /** Also where sharing does not encrypt: passwords can be read on the network. */
  allowPlain: z.boolean().default(false),
});

export interface LanDoorDeps {
  readonly clock: Clock;
  readonly store: Store;
  readonly members: Pick<MemberRepository, 'list' | 'find'>;
  readonly signIns: Pick<SignInRepository, 'list' | 'passwordHash'>;
  readonly factors: Pick<SecondFactors, 'show' | 'check'>;
  /** Told when a refusal could not be recorded. */
  report(error: unknown): void;
}

const minuteMs = 60_000;
const byAddress = { maxWrong: 10, windowMs: minuteMs, firstRestMs: minuteMs, longestRestMs: 60 * minuteMs };
const byAccount = { maxWrong: 5, windowMs: 15 * minuteMs, firstRestMs: minuteMs, longestRestMs: 60 * minuteMs };
const lockMs = 15 * minuteMs;

/** Lets members in to the admin pages from other computers: by name, password and a one-time code, and only while its owner wants that. */
export class LanDoor {
  readonly sessions: AdminSessions;
  readonly #deps: LanDoorDeps;
  readonly #settings: SettingsRepository;
  readonly #log: AuditLog;
  readonly #hashes = new PasswordHashes();
  readonly #addresses: TryLimit;
  readonly #accounts: TryLimit;
  #rules = adminLan.parse({});

  constructor(deps: LanDoorDeps) {
    this.#deps = deps;
    this.#settings = new SettingsRepository(deps.store);
    this.#log = new AuditLog(deps.store);
    this.sessions = new AdminSessions(deps.clock, () => lockMs);
    this.#addresses = new TryLimit(deps.clock, byAddress);
    this.#accounts = new TryLimit(deps.clock, byAccount);
  }

  /** The rules may have been changed, here or by another process. Turning it off ends all sessions. */
  async reload(): Promise<void> {
    const stored = await this.#settings.get(adminLanSetting);
    const parsed = adminLan.safeParse(stored === undefined ? {} : JSON.parse(stored));
    // What a newer version wrote is not understood here: then it stays off.
    this.#rules = parsed.success ? parsed.data : adminLan.parse({});
    if (!this.#rules.isOn) this.sessions.revokeOthers(undefined);
  }

  isOpenTo({ isEncrypted }: { readonly isEncrypted: boolean }): boolean {
    return this.#rules.isOn && (isEncrypted || this.#rules.allowPlain);
  }

  async takesPassword(): Promise<boolean> {
    return true;
  }

  /** Answers the new session's token. Nobody learns which of the three was wrong. */
  async signIn(given: Credentials, from: Omit<SessionOrigin, 'way'>): Promise<string> {
    const { name = '', password = '', code = '' } = given;
    const forgive = this.#begin(from.address, name);
    const member = await this.#named(name);
    const isPassword = await this.#hashes.isRight(
      password,
      member && (await this.#deps.signIns.passwordHash(member.id)),
    );
    if (!isPassword || !member || roleOf(member) === undefined || !(await this.#deps.factors.check(member.id, code))) {
      await this.#refused(from.address);
      throw new AdminError('password-wrong', 'The name, the password or the code is wrong. A code works once.');
    }
    for (const one of forgive) one();
    return this.sessions.open({ ...from, way: 'member', memberId: member.id, stamp: await this.#stamp(member.id) });
  }

  /** What somebody who is signed in may do now; undefined when they may not be any more. */
  async roleOf({ memberId = '', stamp }: SessionState): Promise<AdminRole | undefined> {
    const member = await this.#deps.members.find(memberId);
    if (!this.#rules.isOn || !member || (await this.#stamp(memberId)) !== stamp) return undefined;
    return roleOf(member);
  }

  #begin(address: string | undefined, name: string): readonly (() => void)[] {
    const names = [
      [this.#addresses, nameOf(address ?? '')],
      [this.#accounts, nameOf(name)],
    ] as const;
    const retryAfterMs = Math.max(...names.map(([limit, one]) => limit.restMs(one)));
    if (retryAfterMs > 0) {
      const message = `Too many wrong sign-ins. Try again in ${Math.ceil(retryAfterMs / 1_000)} seconds.`;
      throw new AdminError('too-many-tries', message, { retryAfterMs });
    }
    return names.map(([limit, one]) => limit.begin(one));
  }

  async #named(given: string): Promise<Member | undefined> {
    const wanted = given.trim().toLowerCase();
    return (await this.#deps.members.list()).find(({ name }) => name.toLowerCase() === wanted);
  }

  /** Another password or another second factor ends what was opened before. */
  async #stamp(memberId: string): Promise<string> {
    const password = (await this.#deps.signIns.list(memberId)).find(({ way }) => way === 'password');
    return `${password?.updatedAt} ${(await this.#deps.factors.show(memberId)).stamp}`;
  }

  async #refused(address: string | undefined): Promise<void> {
    const refusal = { at: this.#deps.clock.now(), address, action: 'lan', count: 1 };
    await this.#log.refused(refusal).catch(this.#deps.report);
  }
}

function roleOf({ role, state }: Member): AdminRole | undefined {
  return state === 'active' && role !== 'member' ? role : undefined;
}

function nameOf(text: string): string {
  return createHash('sha256').update(text.trim().toLowerCase()).digest('base64url');
}
