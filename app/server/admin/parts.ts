import type { Account } from '../../accounts/account.ts';
import type { CapStanding } from '../../accounts/caps.ts';
import type { ControlPlane } from '../../accounts/control-plane.ts';
import type { AccountDirectory } from '../../accounts/directory.ts';
import type { FoundCredentials } from '../../accounts/found-credentials.ts';
import type { OAuthSettings } from '../../accounts/oauth-settings.ts';
import type { CredentialRefresher } from '../../accounts/refresher.ts';
import type { AccountRepository } from '../../accounts/repository.ts';
import type { SignIns } from '../../accounts/sign-ins.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { OfferSources } from '../../catalogue/offers.ts';
import type { AliasRepository } from '../../catalogue/repository.ts';
import type { Clock } from '../../domain/clock.ts';
import type { ApiKey } from '../../keys/key.ts';
import type { LimitStanding } from '../../keys/limit-refusal.ts';
import type { PlanRepository } from '../../keys/plan-repository.ts';
import type { KeyRepository } from '../../keys/repository.ts';
import type { TopUpRepository } from '../../keys/top-up-repository.ts';
import type { KeyUse } from '../../keys/uses.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ProviderId } from '../../providers/provider-id.ts';
import type { Transport } from '../../relay/transport.ts';
import type { RulesStore } from '../../scheduler/rules-store.ts';
import type { StickySessions } from '../../scheduler/sticky.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { SettingsRepository } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import type { AlertLog } from '../../usage/alert-log.ts';
import type { BudgetRepository } from '../../usage/budget-repository.ts';
import type { LivePrices } from '../../usage/live-prices.ts';
import type { UsageRepository } from '../../usage/repository.ts';
import type { UsageRetention } from '../../usage/retention.ts';
import type { UsageRollups } from '../../usage/rollups.ts';
import type { UsageSpending } from '../../usage/spending.ts';
import type { LiveCall } from '../live-calls.ts';
import type { AdminDoor } from './door.ts';

/** What the operations work on: the running relay's parts, or the same ones opened by a command. */
export interface AdminParts {
  readonly config: { readonly dataDir: string };
  readonly ports: { readonly clock: Clock; readonly providers: ReadonlyMap<ProviderId, Provider> };
  readonly store: Store;
  readonly vault: Vault;
  readonly keyRepository: KeyRepository;
  readonly plans: PlanRepository;
  readonly topUps: TopUpRepository;
  readonly accountRepository: AccountRepository;
  readonly accounts: AccountDirectory;
  readonly aliases: AliasRepository;
  readonly catalogue: Catalogue;
  readonly offers: OfferSources;
  readonly credentials: Pick<FoundCredentials, 'credential'>;
  readonly oauth: OAuthSettings;
  readonly control: Pick<ControlPlane, 'by'>;
  readonly settings: SettingsRepository;
  readonly refresher: Pick<CredentialRefresher, 'credential' | 'signedIn'>;
  readonly signIns: Pick<SignIns, 'start' | 'finish' | 'cancel' | 'link'>;
  readonly rules: RulesStore;
  readonly usage: UsageRepository;
  readonly rollups: UsageRollups;
  readonly spending: UsageSpending;
  readonly retention: UsageRetention;
  readonly prices: LivePrices;
  readonly budgets: BudgetRepository;
  readonly alerts: AlertLog;
  readonly transport: Pick<Transport, 'send'>;
  readonly version: string;
  /** Undefined when no relay runs. */
  readonly live: LiveRelay | undefined;
}

/** What only the process that relays knows; asked anew for each answer. */
export interface LiveRelay {
  readonly startedAt: number;
  readonly sessions: Pick<StickySessions, 'list' | 'forget'>;
  /** Who is let in. */
  readonly door: AdminDoor;
  /** Undefined before it listens. */
  url(): string | undefined;
  state(): 'running' | 'stopping';
  /** Something of this part of the API is different now. */
  changed(resource: string): void;
  callsInFlight(): number;
  runningCalls(): readonly LiveCall[];
  /** False when it is over already. */
  cancelCall(requestId: string): boolean;
  /** Usage rows that wait for the database. */
  pendingRows(): number;
  /** When keys were last used, also what is not stored yet. */
  keyUses(): Promise<ReadonlyMap<string, KeyUse>>;
  /** How the limits of a key stand, with what running calls hold. */
  limitStandings(key: ApiKey): Promise<readonly LimitStanding[]>;
  /** How the caps of an account stand, with what running calls hold. */
  capStandings(account: Account): Promise<readonly CapStanding[]>;
  /** Stored calls were changed: the limits of all keys and accounts have to see it. */
  recountLimits(): Promise<void>;
}
