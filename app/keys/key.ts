import type { KeyLimit } from './limit.ts';

/** What a key may reach: one service for each family of protocols. */
export type ServiceId = 'anthropic' | 'openai' | 'gemini';

/** A key that Waystation issued to a client. Its secret is known to the client only. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly isEnabled: boolean;
  readonly expiresAt?: number | undefined;
  /** Model patterns; empty means all. */
  readonly models: readonly string[];
  /** Empty means all. */
  readonly services: readonly ServiceId[];
  readonly maxConcurrent?: number | undefined;
  /** What it may spend; no two of them have the same measure, window and models. */
  readonly limits: readonly KeyLimit[];
  /** The only account that may serve its calls; without it any may. */
  readonly accountId?: string | undefined;
  /** The only group whose accounts may serve its calls. */
  readonly groupId?: string | undefined;
  /** Whether its calls are the owner's own; left open, those from this computer are. */
  readonly isOwn?: boolean | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}
