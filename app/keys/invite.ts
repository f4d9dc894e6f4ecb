import { RelayError } from '../domain/errors.ts';

/** Lets one person make one key for a member, once and soon. The key itself is in no invite. */
export interface Invite {
  readonly id: string;
  readonly memberId: string;
  /** The only group whose accounts may serve the key. */
  readonly groupId?: string | undefined;
  /** How often its code was tried. */
  readonly tries: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt?: number | undefined;
  readonly takenAt?: number | undefined;
  /** The id of a key, which may be gone. */
  readonly takenBy?: string | undefined;
}

export type InviteState = 'open' | 'taken' | 'revoked' | 'locked' | 'expired';

export const inviteLifetimeMs = 15 * 60_000;
/** Of its code: then somebody guesses, and only the link is left. */
export const maxCodeTries = 5;

/** Why nothing was given for an invite. Nothing has changed. */
export class InviteRefused extends RelayError {
  readonly reason: 'unknown' | Exclude<InviteState, 'open'> | 'member-gone';

  constructor(reason: InviteRefused['reason']) {
    super('request-invalid', messages[reason]);
    this.reason = reason;
  }
}

const messages: Readonly<Record<InviteRefused['reason'], string>> = {
  unknown: 'There is no such invite. Check the code, or ask for another invite.',
  taken: 'This invite was used already. Each works once; ask for another one.',
  revoked: 'This invite was taken back. Ask for another one.',
  locked: 'This code was tried too often and works no more. Ask for another invite.',
  expired: 'This invite is over: it was good for 15 minutes. Ask for another one.',
  'member-gone': 'Whom this invite was for may not use this Waystation now. Ask its owner.',
};

export function stateOf({ takenAt, revokedAt, tries, expiresAt }: Invite, now: number): InviteState {
  if (takenAt !== undefined) return 'taken';
  if (revokedAt !== undefined) return 'revoked';
  if (expiresAt <= now) return 'expired';
  return tries >= maxCodeTries ? 'locked' : 'open';
}
