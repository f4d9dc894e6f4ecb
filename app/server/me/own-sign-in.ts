import type { Clock } from '../../domain/clock.ts';
import type { Member } from '../../keys/key.ts';
import type { PasswordHashes } from '../../people/password-hash.ts';
import type { SecondFactors } from '../../people/second-factors.ts';
import type { SignInRepository } from '../../people/sign-in-repository.ts';
import type { AuditedChange } from '../../store/audit-scope.ts';
import { AdminError } from '../admin/errors.ts';
import type { MemberDoor, Visitor } from './door.ts';

export interface OwnSignInDeps {
  readonly clock: Clock;
  readonly door: Pick<MemberDoor, 'attempt' | 'open'>;
  readonly signIns: Pick<SignInRepository, 'passwordHash' | 'setPassword'>;
  readonly hashes: PasswordHashes;
  readonly factors: Pick<SecondFactors, 'show' | 'begin' | 'confirm' | 'remove'>;
  audited<T>(change: AuditedChange, work: () => Promise<T>): Promise<T>;
}

/** Who asks, from where, and the password they have now. */
export interface Asking {
  readonly visitor: Visitor;
  readonly address: string | undefined;
  readonly current: string | undefined;
}

/** What members change of their own sign-in. Whoever has only a key, or finds a page left open, changes nothing. */
export class OwnSignIn {
  readonly #deps: OwnSignInDeps;

  constructor(deps: OwnSignInDeps) {
    this.#deps = deps;
  }

  async show(visitor: Visitor) {
    const { member, way } = visitor;
    if (!member || way === 'key') return { mayChange: false, hasPassword: false, factor: null };
    const { isOn, recoveryCodesLeft } = await this.#deps.factors.show(member.id);
    const hasPassword = (await this.#deps.signIns.passwordHash(member.id)) !== undefined;
    return { mayChange: true, hasPassword, factor: { isOn, recoveryCodesLeft } };
  }

  /** Ends every session that a password opened, and answers the token of a new one for who had one. */
  async setPassword(asking: Asking, password: string): Promise<string | undefined> {
    const member = await this.#proved(asking);
    const { signIns, hashes, door } = this.#deps;
    const hash = await hashes.make(password);
    await this.#change(asking, 'setOwnPassword', () => signIns.setPassword(member.id, hash));
    return asking.visitor.way === 'password' ? await door.open(member, 'password') : undefined;
  }

  async beginFactor(asking: Asking) {
    const { id, name } = await this.#proved(asking);
    return await this.#change(asking, 'beginOwnSecondFactor', () => this.#deps.factors.begin(id, name));
  }

  /** Whoever began it proved who they are; nothing is on before the code is right. */
  async confirmFactor(asking: Omit<Asking, 'current'>, code: string) {
    const { id, name } = ownerOf(asking.visitor);
    const who = { account: name, address: asking.address };
    const recoveryCodes = await this.#deps.door.attempt(who, async () => {
      const work = () => this.#deps.factors.confirm(id, code);
      const codes = await this.#change(asking, 'confirmOwnSecondFactor', work);
      if (codes) return codes;
      throw new AdminError('conflict', 'This code is wrong or too old. Type the one that the app shows now.');
    });
    return { recoveryCodes: [...recoveryCodes] };
  }

  async removeFactor(asking: Asking): Promise<void> {
    const { id } = await this.#proved(asking);
    await this.#change(asking, 'removeOwnSecondFactor', () => this.#deps.factors.remove(id));
  }

  async #proved({ visitor, address, current = '' }: Asking): Promise<Member> {
    const member = ownerOf(visitor);
    const hash = await this.#deps.signIns.passwordHash(member.id);
    if (hash === undefined) return member;
    return await this.#deps.door.attempt({ account: member.name, address }, async () => {
      if (await this.#deps.hashes.isRight(current, hash)) return member;
      throw new AdminError('password-wrong', 'Your password is wrong. Type the one that you have now.');
    });
  }

  async #change<T>({ visitor, address }: Omit<Asking, 'current'>, action: string, work: () => Promise<T>): Promise<T> {
    const actor = { kind: 'member', id: visitor.member?.id, address } as const;
    return await this.#deps.audited({ actor, action, at: this.#deps.clock.now() }, work);
  }
}

function ownerOf({ member, way }: Visitor): Member {
  if (member && way !== 'key') return member;
  const message = 'A key is not enough for this. Sign in with your password, or ask the owner of this Waystation.';
  throw new AdminError('forbidden', message);
}
