import type { ClientKind } from '../domain/client-kind.ts';
import type { Amounts, KeyLimit } from './limit.ts';
import type { ServiceId } from './services.ts';

/** A template of what a key may do and spend. What a key says itself goes before it. */
export interface Plan {
  readonly id: string;
  readonly name: string;
  readonly note?: string | undefined;
  readonly models: readonly string[];
  readonly deniedModels: readonly string[];
  readonly services: readonly ServiceId[];
  readonly clients: readonly ClientKind[];
  readonly maxConcurrent?: number | undefined;
  readonly limits: readonly KeyLimit[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What somebody may do here; nobody signs in with it yet. */
export type MemberRole = 'owner' | 'admin' | 'member' | 'viewer';

/**
 * A person whose keys they are. The free text `owner` of a key is a label and nothing follows from it; what follows from
 * its member: calls are refused while the member is suspended, the member's limits hold for all their keys together, and
 * a key without a plan of its own is on the member's.
 */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email?: string | undefined;
  readonly role: MemberRole;
  readonly state: 'active' | 'suspended';
  readonly note?: string | undefined;
  /** For keys that say none of their own. */
  readonly planId?: string | undefined;
  /** That plan, as it was read with the member. */
  readonly plan?: Plan | undefined;
  /** Calls at once of all their keys together. */
  readonly maxConcurrent?: number | undefined;
  /** What all their keys may spend together. */
  readonly limits: readonly KeyLimit[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A key that Waystation issued to a client. Its secret is known to the client only. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** What its secret begins with, to recognise it by. */
  readonly prefix: string;
  /** And what it ends with; undefined for an older key. */
  readonly ending?: string | undefined;
  /** Whether its secret was made elsewhere and does not begin like ours. */
  readonly isImported: boolean;
  /** A label; what follows from whose a key is follows from its member. */
  readonly owner?: string | undefined;
  readonly memberId?: string | undefined;
  /** That member, as it was read with the key; undefined when it is gone, and the key refused. */
  readonly member?: Member | undefined;
  readonly tags: readonly string[];
  readonly note?: string | undefined;
  readonly isEnabled: boolean;
  readonly expiresAt?: number | undefined;
  /** How long it works from its first use on. */
  readonly lifetimeMs?: number | undefined;
  /** Its first use, where that starts its lifetime. */
  readonly activatedAt?: number | undefined;
  /** Model patterns; empty means all. */
  readonly models: readonly string[];
  /** Model patterns that it may not use, whatever `models` says. */
  readonly deniedModels: readonly string[];
  /** Empty means all. */
  readonly services: readonly ServiceId[];
  /** Programs that may use it, as far as they can be told apart; empty means any. */
  readonly clients: readonly ClientKind[];
  /** Ranges that it may be used from, such as `10.0.0.0/8`; empty means anywhere. */
  readonly addresses: readonly string[];
  readonly maxConcurrent?: number | undefined;
  /** What it may spend; no two of them have the same measure, window and models. */
  readonly limits: readonly KeyLimit[];
  /** The only account that may serve its calls; without it any may. */
  readonly accountId?: string | undefined;
  /** The only group whose accounts may serve its calls. */
  readonly groupId?: string | undefined;
  /** The plan it is on. */
  readonly planId?: string | undefined;
  /** That plan, as it was read with the key; `inForce` puts both together. */
  readonly plan?: Plan | undefined;
  /** What its redeemed top-up codes add to its limits in total; `inForce` adds it. */
  readonly grants?: Partial<Amounts> | undefined;
  /** What its calls are billed with, beside the multiplier of their service; 1 when left open. */
  readonly multiplier?: number | undefined;
  /** Whether its calls are the owner's own; left open, those from this computer are. */
  readonly isOwn?: boolean | undefined;
  /** The secret before the last rotation works until then. */
  readonly oldSecretUntil?: number | undefined;
  /** Set while it is in the trash. */
  readonly removedAt?: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** As much of a key as its limits need. */
export type LimitedKey = Pick<ApiKey, 'id' | 'name' | 'limits' | 'member'>;

/** When it stops to work: at its date, or when its lifetime is over. Undefined: never, or not before its first use. */
export function endOf({
  expiresAt,
  lifetimeMs,
  activatedAt,
}: Pick<ApiKey, 'expiresAt' | 'lifetimeMs' | 'activatedAt'>) {
  if (lifetimeMs === undefined || activatedAt === undefined) return expiresAt;
  return Math.min(expiresAt ?? Number.POSITIVE_INFINITY, activatedAt + lifetimeMs);
}

export function isUsable(key: ApiKey, now: number): boolean {
  if (!key.isEnabled || key.removedAt !== undefined || memberProblem(key) !== undefined) return false;
  return (endOf(key) ?? Number.POSITIVE_INFINITY) > now;
}

/** Why nobody may use it, because of whose it is. */
export function memberProblem({ memberId, member }: ApiKey): 'member-suspended' | 'member-removed' | undefined {
  if (memberId === undefined) return undefined;
  if (!member) return 'member-removed';
  return member.state === 'suspended' ? 'member-suspended' : undefined;
}
