import { RelayError } from '../domain/errors.ts';
import type { ApiKey } from './key.ts';
import type { KeyLimit, LimitMeasure } from './limit.ts';

/**
 * A code that gives a key more, once:
 * - An amount is added, for good, to every limit of that measure that the key has in total, its plan's too: each allows
 *   its own amount plus all amounts granted. Other limits stay as they are: a rate is no balance. A key without such a
 *   limit cannot redeem an amount.
 * - Time moves the key's end later, its date and the end of its lifetime alike; from now on where that is over. A key
 *   without an end cannot redeem time alone.
 * The sums of what was spent are not touched.
 */
export interface TopUp {
  readonly id: string;
  /** The code's last characters, to recognise it by. */
  readonly ending: string;
  readonly measure?: LimitMeasure | undefined;
  /** Calls, tokens or nano-dollars; there when `measure` is. */
  readonly amount?: number | undefined;
  readonly extendMs?: number | undefined;
  readonly note?: string | undefined;
  readonly isEnabled: boolean;
  /** The code cannot be redeemed from then on. */
  readonly expiresAt?: number | undefined;
  readonly createdAt: number;
  readonly redeemedAt?: number | undefined;
  /** The id of a key, which may be gone. */
  readonly redeemedBy?: string | undefined;
}

/** Why a code was not redeemed. Nothing has changed. */
export class TopUpRefused extends RelayError {
  readonly reason: 'unknown' | 'redeemed' | 'disabled' | 'expired' | 'not-for-this-key';

  constructor(reason: TopUpRefused['reason'], message: string) {
    super('request-invalid', message);
    this.reason = reason;
  }
}

/** Undefined when the code may be redeemed now. Who else redeemed it is not told. */
export function codeProblem(topUp: TopUp, keyId: string, now: number): TopUpRefused | undefined {
  if (topUp.redeemedAt !== undefined) {
    const by = topUp.redeemedBy === keyId ? 'This key has redeemed this code already' : 'This code is redeemed already';
    return new TopUpRefused('redeemed', `${by}; a code counts once.`);
  }
  if (!topUp.isEnabled) return new TopUpRefused('disabled', 'This code is disabled. Ask for another one.');
  if (topUp.expiresAt !== undefined && topUp.expiresAt <= now) {
    return new TopUpRefused('expired', `This code could be redeemed until ${new Date(topUp.expiresAt).toISOString()}.`);
  }
  return undefined;
}

/** `key` as it is in force. */
export function keyProblem({ measure, extendMs }: TopUp, key: ApiKey): TopUpRefused | undefined {
  if (measure !== undefined && !key.limits.some((limit) => isInTotal(limit, measure))) {
    const message = `This key has no limit of ${measure} in total that the code could raise. Nothing was redeemed.`;
    return new TopUpRefused('not-for-this-key', message);
  }
  if (measure === undefined && extendMs !== undefined && !hasEnd(key)) {
    const message = 'This key never expires, so the code’s time would do nothing. Nothing was redeemed.';
    return new TopUpRefused('not-for-this-key', message);
  }
  return undefined;
}

/** Adds what was granted to the limits; only once, as nothing is left to add then. */
export function withGrants(key: ApiKey): ApiKey {
  const { grants } = key;
  if (!grants) return key;
  const limits = key.limits.map((limit) => {
    const granted = grants[limit.measure] ?? 0;
    if (granted === 0 || !isInTotal(limit, limit.measure)) return limit;
    return { ...limit, amount: Math.min(limit.amount + granted, Number.MAX_SAFE_INTEGER) };
  });
  return { ...key, limits, grants: undefined };
}

function isInTotal({ measure, window }: KeyLimit, wanted: LimitMeasure): boolean {
  return measure === wanted && window.kind === 'total';
}

function hasEnd({ expiresAt, lifetimeMs }: ApiKey): boolean {
  return expiresAt !== undefined || lifetimeMs !== undefined;
}
