import type { NewKey } from '../keys/input.ts';
import type { ProviderId } from '../providers/provider-id.ts';
import type { LeftReason } from './import-kind.ts';

/** An account as it would be made here. */
export interface PlannedAccount {
  readonly provider: ProviderId;
  readonly settings: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly models?: readonly string[];
  readonly modelMap?: Readonly<Record<string, string>>;
  readonly proxy?: string | undefined;
  /** False: it was turned off there. */
  readonly isEnabled: boolean;
}

export interface PlannedKey {
  readonly secret: string;
  readonly fields: Omit<NewKey, 'name'>;
  readonly isEnabled: boolean;
}

interface Named {
  /** By which it is chosen: the same as long as the file is. */
  readonly ref: string;
  readonly name: string;
}

export type FoundEntry = Named &
  (
    | { readonly kind: 'account'; readonly account: PlannedAccount }
    | { readonly kind: 'key'; readonly key: PlannedKey }
    | { readonly kind: 'left'; readonly of: 'account' | 'key'; readonly reason: LeftReason }
  );

/** What another program's file says, or why nothing of it can be used. */
export class ImportUnreadable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ImportUnreadable';
  }
}
