import type { AccountDirectory } from '../../accounts/directory.ts';
import type { AccountRepository } from '../../accounts/repository.ts';
import type { Clock } from '../../domain/clock.ts';
import type { KeyRepository } from '../../keys/repository.ts';
import type { Provider, ProviderId } from '../../providers/provider.ts';
import type { Transport } from '../../relay/transport.ts';
import type { RulesStore } from '../../scheduler/rules-store.ts';
import type { StickySessions } from '../../scheduler/sticky.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../store/store.ts';
import type { UsageRepository } from '../../usage/repository.ts';
import type { UsageRetention } from '../../usage/retention.ts';
import type { UsageRollups } from '../../usage/rollups.ts';

/** What the operations work on: the running relay's parts, or the same ones opened by a command. */
export interface AdminParts {
  readonly config: { readonly dataDir: string };
  readonly ports: { readonly clock: Clock; readonly providers: ReadonlyMap<ProviderId, Provider> };
  readonly store: Store;
  readonly vault: Vault;
  readonly keyRepository: KeyRepository;
  readonly accountRepository: AccountRepository;
  readonly accounts: AccountDirectory;
  readonly rules: RulesStore;
  readonly usage: UsageRepository;
  readonly rollups: UsageRollups;
  readonly retention: UsageRetention;
  readonly transport: Pick<Transport, 'send'>;
  readonly version: string;
  /** Undefined when no relay runs. */
  readonly live: LiveRelay | undefined;
}

/** What only the process that relays knows; asked anew for each answer. */
export interface LiveRelay {
  readonly startedAt: number;
  readonly sessions: Pick<StickySessions, 'list' | 'forget'>;
  /** Undefined before it listens. */
  url(): string | undefined;
  state(): 'running' | 'stopping';
  callsInFlight(): number;
  /** Usage rows that wait for the database. */
  pendingRows(): number;
}
