import type { Account } from '../../accounts/account.ts';
import type { CapStanding } from '../../accounts/caps.ts';
import type { CommonProxy } from '../../accounts/common-proxy.ts';
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
import type { Connections } from '../../connect/connections.ts';
import type { Computer } from '../../connect/tool.ts';
import type { Clock } from '../../domain/clock.ts';
import type { KeyDevice } from '../../keys/devices.ts';
import type { InviteRepository } from '../../keys/invite-repository.ts';
import type { LimitedKey } from '../../keys/key.ts';
import type { LimitStanding } from '../../keys/limit-refusal.ts';
import type { MemberRepository } from '../../keys/member-repository.ts';
import type { Multipliers } from '../../keys/multipliers.ts';
import type { PlanRepository } from '../../keys/plan-repository.ts';
import type { KeyRepository } from '../../keys/repository.ts';
import type { TopUpRepository } from '../../keys/top-up-repository.ts';
import type { KeyUse } from '../../keys/uses.ts';
import type { CurrentRules } from '../../notify/current-rules.ts';
import type { WebhookRepository } from '../../notify/webhook-repository.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ProviderId } from '../../providers/provider-id.ts';
import type { Pause } from '../../relay/pause.ts';
import type { Transport } from '../../relay/transport.ts';
import type { RulesStore } from '../../scheduler/rules-store.ts';
import type { StickySessions } from '../../scheduler/sticky.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { CurrentSharing } from '../../sharing/current-sharing.ts';
import type { SharedListeners } from '../../sharing/listeners.ts';
import type { LocalName } from '../../sharing/local-name.ts';
import type { SettingsRepository } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import type { AlertLog } from '../../usage/alert-log.ts';
import type { BudgetRepository } from '../../usage/budget-repository.ts';
import type { CaptureFolder, Purged } from '../../usage/capture-folder.ts';
import type { CaptureSwitch } from '../../usage/capture-switch.ts';
import type { LivePrices } from '../../usage/live-prices.ts';
import type { RefusedCalls } from '../../usage/refused-calls.ts';
import type { UsageRepository } from '../../usage/repository.ts';
import type { UsageRetention } from '../../usage/retention.ts';
import type { UsageRollups } from '../../usage/rollups.ts';
import type { UsageSpending } from '../../usage/spending.ts';
import type { DiagnosedConfig } from '../diagnostics/archive.ts';
import type { LiveCall } from '../live-calls.ts';
import type { AdminDoor } from './door.ts';
import type { LanDoor } from './lan-door.ts';

/** What the operations work on: the running relay's parts, or the same ones opened by a command. */
export interface AdminParts {
  readonly config: DiagnosedConfig & {
    readonly computer: Computer;
    readonly configFile: string;
    readonly portFrom: 'default' | 'file' | 'start';
  };
  readonly commonProxy: CommonProxy;
  readonly ports: { readonly clock: Clock; readonly providers: ReadonlyMap<ProviderId, Provider> };
  readonly store: Store;
  readonly vault: Vault;
  readonly keyRepository: KeyRepository;
  readonly members: MemberRepository;
  readonly invites: Pick<InviteRepository, 'list' | 'create' | 'revoke'>;
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
  readonly signIns: Pick<SignIns, 'start' | 'finish' | 'cancel' | 'link' | 'found'>;
  readonly rules: RulesStore;
  readonly pause: Pause;
  readonly usage: UsageRepository;
  readonly refusedCalls: Pick<RefusedCalls, 'list'>;
  readonly rollups: UsageRollups;
  readonly spending: UsageSpending;
  readonly retention: UsageRetention;
  readonly prices: LivePrices;
  readonly multipliers: Pick<Multipliers, 'reload'>;
  readonly budgets: BudgetRepository;
  readonly alerts: AlertLog;
  readonly webhooks: WebhookRepository;
  readonly notifications: Pick<CurrentRules, 'current' | 'reload'>;
  readonly captures: CaptureFolder;
  readonly connections: Connections;
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
  /** Who is let in from other computers. */
  readonly lan: LanDoor;
  /** What other computers reach. */
  sharing(): {
    readonly listeners: Pick<SharedListeners, 'standings' | 'recheck'>;
    readonly current: Pick<CurrentSharing, 'reload'>;
    readonly localName: Pick<LocalName, 'problem'>;
  };
  /** Undefined before it listens. */
  url(): string | undefined;
  state(): 'running' | 'paused' | 'stopping';
  /** Whoever looks on is told which it is now. */
  stateChanged(): void;
  /** Something of this part of the API is different now. */
  changed(resource: string): void;
  callsInFlight(): number;
  runningCalls(): readonly LiveCall[];
  /** False when it is over already. */
  cancelCall(requestId: string): boolean;
  /** Whether what calls say is kept. */
  readonly capture: Pick<CaptureSwitch, 'state' | 'turnOn' | 'turnOff'>;
  /** Also stops it, and lets nothing be written afterwards. */
  purgeCaptures(): Promise<Purged>;
  /** Usage rows that wait for the database. */
  pendingRows(): number;
  /** When keys were last used, also what is not stored yet. */
  keyUses(): Promise<ReadonlyMap<string, KeyUse>>;
  keyDevices(): Promise<readonly KeyDevice[]>;
  /** How the limits of a key stand, with what running calls hold. */
  limitStandings(key: LimitedKey): Promise<readonly LimitStanding[]>;
  /** How the caps of an account stand, with what running calls hold. */
  capStandings(account: Account): Promise<readonly CapStanding[]>;
  /** Stored calls were changed: the limits of all keys and accounts have to see it. */
  recountLimits(): Promise<void>;
}
