import type { AlertDetail } from '../../domain/alert.ts';
import type { Clock } from '../../domain/clock.ts';
import { RelayError } from '../../domain/errors.ts';
import type { KeyDirectory } from '../../keys/directory.ts';
import { KeyGuesses } from '../../keys/guesses.ts';
import { type Invite, InviteRefused, inviteLifetimeMs, maxCodeTries } from '../../keys/invite.ts';
import { InviteLocked, type InviteProof, type InviteRepository, type Taken } from '../../keys/invite-repository.ts';
import type { MemberRepository } from '../../keys/member-repository.ts';
import { PasswordHashes } from '../../people/password-hash.ts';
import type { SignInRepository } from '../../people/sign-in-repository.ts';
import type { AuditedChange } from '../../store/audit-scope.ts';
import type { RefusedCall } from '../../usage/refused-calls.ts';
import { joinPaths } from './contract.ts';

export interface JoinDoorDeps {
  readonly invites: Pick<InviteRepository, 'take' | 'list'>;
  readonly keys: Pick<KeyDirectory, 'verify'>;
  readonly signIns: Pick<SignInRepository, 'passwordHash' | 'setPassword'>;
  audited<T>(change: AuditedChange, work: () => Promise<T>): Promise<T>;
  readonly members: Pick<MemberRepository, 'find'>;
  readonly clock: Clock;
  readonly alerts: {
    raise(stateKey: string, detail: AlertDetail): Promise<void>;
    recover(stateKeys: readonly string[]): Promise<void>;
  };
  noteRefused(call: RefusedCall): void;
  /** Something of this part of the API is different now. */
  changed(resource: string): void;
}

export interface Guest {
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
}

const tooMany = 'Too many wrong invites came from this address. Check the code, then try again later.';
/** A person mistypes a code a few times. */
const maxWrong = 5;
const windowMs = 15 * 60_000;

/** Lets in who brings an invite, and slows down who has none (B14). */
export class JoinDoor {
  readonly #deps: JoinDoorDeps;
  readonly #guesses: KeyGuesses;
  readonly #hashes = new PasswordHashes();

  constructor(deps: JoinDoorDeps) {
    this.#deps = deps;
    this.#guesses = new KeyGuesses(deps.clock, { maxWrong, windowMs });
  }

  /** Throws `InviteRefused`, `rate-limited`. */
  async take(proof: InviteProof, guest: Guest): Promise<Taken> {
    const retryAfterMs = this.#guesses.restMs(guest.address);
    if (retryAfterMs > 0) {
      throw this.#noted(new RelayError('rate-limited', tooMany, { retryAfterMs }), guest);
    }
    try {
      const taken = await this.#deps.invites.take(proof, guest.address);
      for (const resource of ['invites', 'keys', 'members']) this.#deps.changed(resource);
      return taken;
    } catch (error) {
      if (error instanceof InviteRefused && error.reason === 'unknown') this.#guesses.wrong(guest.address);
      if (error instanceof InviteLocked) await this.#tell(error);
      if (error instanceof RelayError) throw this.#noted(error, guest);
      throw error;
    }
  }

  /** For whoever brings the key that an invite gave a moment ago, and has no password yet. Throws `key-invalid`, `rate-limited`. */
  async setPassword({ secret, password }: { secret: string; password: string }, guest: Guest): Promise<void> {
    const retryAfterMs = this.#guesses.restMs(guest.address);
    if (retryAfterMs > 0) throw this.#noted(new RelayError('rate-limited', tooMany, { retryAfterMs }), guest);
    const { clock, keys, invites, signIns, audited } = this.#deps;
    const now = clock.now();
    const verdict = keys.verify(secret, now, guest.address);
    const keyId = verdict.ok ? verdict.key.id : undefined;
    const isFresh = (one: Invite) => one.takenBy === keyId && (one.takenAt ?? 0) > now - inviteLifetimeMs;
    const invite = keyId === undefined ? undefined : (await invites.list()).find(isFresh);
    if (!invite || (await signIns.passwordHash(invite.memberId)) !== undefined) {
      this.#guesses.wrong(guest.address);
      const message = 'This key sets no password: its invite is too old, or there is one. Ask who invited you.';
      throw this.#noted(new RelayError('key-invalid', message), guest);
    }
    const hash = await this.#hashes.make(password);
    const actor = { kind: 'invite', id: invite.id, address: guest.address } as const;
    await audited({ actor, action: 'setInvitedPassword', at: now }, () => signIns.setPassword(invite.memberId, hash));
    this.#deps.changed('members');
  }

  #noted(error: RelayError, { address, userAgent }: Guest): RelayError {
    const { kind: reason, message } = error;
    const at = this.#deps.clock.now();
    this.#deps.noteRefused({ at, reason, message, address, route: joinPaths.exchange, userAgent });
    return error;
  }

  /** It happened and is over: nothing goes on that could recover. */
  async #tell({ invite: { id, memberId } }: InviteLocked): Promise<void> {
    const { alerts, members } = this.#deps;
    const subjectName = (await members.find(memberId))?.name ?? memberId;
    const tries = { used: maxCodeTries, limit: maxCodeTries, measure: 'requests' } as const;
    await alerts.raise(`invite ${id}`, { ...tries, kind: 'invites-guessed', subjectId: id, subjectName });
    await alerts.recover([`invite ${id}`]);
    this.#deps.changed('invites');
  }
}
