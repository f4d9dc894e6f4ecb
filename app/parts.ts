import { userInfo } from 'node:os';
import { join } from 'node:path';
import bundledModels from '../resources/models.json' with { type: 'json' };
import bundledPrices from '../resources/prices.json' with { type: 'json' };
import { CliLogins } from './accounts/cli-logins.ts';
import { CommonProxy } from './accounts/common-proxy.ts';
import { ControlPlane } from './accounts/control-plane.ts';
import { AccountDirectory } from './accounts/directory.ts';
import { OAuthSettings } from './accounts/oauth-settings.ts';
import { RenewalJournal } from './accounts/renewal-journal.ts';
import { AccountRepository } from './accounts/repository.ts';
import { Catalogue } from './catalogue/catalogue.ts';
import { loadKnownModels } from './catalogue/known-models.ts';
import type { OfferSources } from './catalogue/offers.ts';
import { AliasRepository } from './catalogue/repository.ts';
import type { Config } from './config.ts';
import type { Connections } from './connect/connections.ts';
import { createConnections } from './connection-parts.ts';
import { type Clock, systemClock } from './domain/clock.ts';
import { KeyDirectory } from './keys/directory.ts';
import { InviteRepository } from './keys/invite-repository.ts';
import { MemberRepository } from './keys/member-repository.ts';
import { Multipliers } from './keys/multipliers.ts';
import { PlanRepository } from './keys/plan-repository.ts';
import { KeyRepository } from './keys/repository.ts';
import { TopUpRepository } from './keys/top-up-repository.ts';
import { CurrentRules } from './notify/current-rules.ts';
import { WebhookRepository } from './notify/webhook-repository.ts';
import { providers as allProviders } from './providers/index.ts';
import type { Provider } from './providers/provider.ts';
import type { ProviderId } from './providers/provider-id.ts';
import { Pause } from './relay/pause.ts';
import { Transport } from './relay/transport.ts';
import { RulesStore } from './scheduler/rules-store.ts';
import { type Keychain, readKeychainItem } from './secrets/keychain.ts';
import { openVaultOrNone } from './secrets/locked.ts';
import { openVault } from './secrets/open.ts';
import type { Vault } from './secrets/vault.ts';
import { copiesFolder, databaseFile } from './store/data-folder.ts';
import { openStore } from './store/open.ts';
import { SettingsRepository } from './store/settings.ts';
import type { Store } from './store/store.ts';
import { AlertLog } from './usage/alert-log.ts';
import { BudgetRepository } from './usage/budget-repository.ts';
import { CaptureFolder } from './usage/capture-folder.ts';
import { LivePrices } from './usage/live-prices.ts';
import { PriceVersions } from './usage/price-versions.ts';
import { loadPrices } from './usage/prices.ts';
import { RefusedCalls } from './usage/refused-calls.ts';
import { UsageRepository } from './usage/repository.ts';
import { UsageRetention } from './usage/retention.ts';
import { UsageRollups } from './usage/rollups.ts';
import { UsageSpending } from './usage/spending.ts';

/** What the outside world is made of; tests put in their own. */
export interface Ports {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  readonly keychain?: Keychain | undefined;
  /** Its owner goes on even if the key to the secrets cannot be had. */
  readonly mayLackSecrets?: boolean | undefined;
  /** For the person who started it: weak secret storage, recovered calls. */
  warn(message: string): void;
}

/** Everything that rests on the data folder; the relay and the command line's direct mode are both made of it. */
export interface Parts {
  readonly config: Config;
  readonly ports: Ports;
  readonly store: Store;
  readonly vault: Vault;
  readonly settings: SettingsRepository;
  readonly keyRepository: KeyRepository;
  readonly keys: KeyDirectory;
  readonly members: MemberRepository;
  readonly invites: InviteRepository;
  readonly plans: PlanRepository;
  readonly topUps: TopUpRepository;
  readonly accountRepository: AccountRepository;
  readonly accounts: AccountDirectory;
  readonly aliases: AliasRepository;
  readonly catalogue: Catalogue;
  /** What the lists of models are made of. */
  readonly offers: OfferSources;
  readonly oauth: OAuthSettings;
  readonly control: ControlPlane;
  readonly cliLogins: CliLogins;
  readonly renewalJournal: RenewalJournal;
  readonly rules: RulesStore;
  readonly pause: Pause;
  readonly usage: UsageRepository;
  /** What was turned away. */
  readonly refusedCalls: RefusedCalls;
  readonly rollups: UsageRollups;
  readonly spending: UsageSpending;
  readonly retention: UsageRetention;
  readonly prices: LivePrices;
  /** What calls are billed with. */
  readonly multipliers: Multipliers;
  readonly budgets: BudgetRepository;
  /** What calls said, while the owner wanted it kept. */
  readonly captures: CaptureFolder;
  /** What was told, and the feed of what is. */
  readonly alerts: AlertLog;
  /** For accounts without a proxy of their own. */
  readonly commonProxy: CommonProxy;
  /** Which of that is shown as a notification. */
  readonly notifications: CurrentRules;
  /** Who else is told of it. */
  readonly webhooks: WebhookRepository;
  readonly transport: Transport;
  readonly connections: Connections;
}

export const defaultPorts: Ports = {
  clock: systemClock,
  providers: allProviders,
  warn: (message) => process.stderr.write(`${message}\n`),
};

/** Opens the parts in layer order; `closing` closes them in reverse. */
export async function openParts(config: Config, ports: Ports, closing: AsyncDisposableStack): Promise<Parts> {
  const { clock, providers, warn } = ports;
  const store = await openStore(
    config.databaseUrl === undefined
      ? {
          engine: 'sqlite',
          file: databaseFile(config),
          snapshotFolder: copiesFolder(config),
        }
      : { engine: 'postgres', url: config.databaseUrl },
    clock,
  );
  closing.defer(() => store.close());
  const settings = new SettingsRepository(store);
  const vault = await openSecrets(config, ports, settings);
  const keyRepository = new KeyRepository(store, vault, settings, clock);
  const accountRepository = new AccountRepository(store, vault, providers, clock);
  const aliases = new AliasRepository(store, clock);
  const catalogue = await Catalogue.open(aliases);
  const money = {
    ...(await openMoney({ store, settings }, ports)),
    ...(await openTelling({ store, vault, settings }, clock)),
  };
  const refusedCalls = new RefusedCalls(store, clock, warn);
  closing.defer(() => refusedCalls.close());
  const ways = await openWays({ config, settings, vault }, closing);
  return {
    config,
    ports,
    store,
    vault,
    settings,
    keyRepository,
    ...(await openKeys(keyRepository, { store, clock })),
    topUps: new TopUpRepository(store, keyRepository, clock),
    accountRepository,
    accounts: await AccountDirectory.open(accountRepository, providers, clock),
    aliases,
    catalogue,
    offers: { catalogue, bundled: () => money.prices.models, known: loadKnownModels(bundledModels) },
    oauth: await OAuthSettings.open(settings),
    cliLogins: new CliLogins({
      places: config.toolPlaces,
      platform: process.platform,
      userName: () => userInfo().username,
      readKeychainItem,
    }),
    renewalJournal: new RenewalJournal(join(config.dataDir, 'renewals'), vault),
    rules: await RulesStore.open(settings),
    pause: await Pause.open(settings),
    ...money,
    refusedCalls,
    captures: new CaptureFolder({ folder: join(config.dataDir, 'captures'), vault, clock }),
    ...ways,
    connections: createConnections(config, keyRepository, clock),
  };
}

/** What leads out of this computer. */
async function openWays(
  { config, settings, vault }: Pick<Parts, 'config' | 'settings' | 'vault'>,
  closing: AsyncDisposableStack,
): Promise<Pick<Parts, 'commonProxy' | 'transport' | 'control'>> {
  const commonProxy = await CommonProxy.open(settings, vault);
  const way = { commonProxy: () => commonProxy.current() };
  const transport = new Transport(config.limits, way);
  closing.defer(() => transport.close());
  const control = new ControlPlane({ ...way, connectMs: config.limits.connectMs });
  closing.defer(() => control.close());
  return { commonProxy, transport, control };
}

async function openSecrets(config: Config, ports: Ports, markers: SettingsRepository): Promise<Vault> {
  const { clock, keychain, mayLackSecrets = false, warn } = ports;
  return await (mayLackSecrets ? openVaultOrNone : openVault)({
    backend: config.secrets,
    folder: config.dataDir,
    passphrase: config.passphrase,
    ...{ markers, keychain, clock, warn },
  });
}

/** What keeps account of calls. */
async function openMoney({ store, settings }: Pick<Parts, 'store' | 'settings'>, { clock, warn }: Ports) {
  const rollups = new UsageRollups(store, settings);
  const versions = new PriceVersions(store, settings);
  return {
    usage: new UsageRepository(store),
    rollups,
    spending: new UsageSpending(store, rollups),
    retention: new UsageRetention(store, settings),
    prices: await LivePrices.open({ bundled: loadPrices(bundledPrices), versions, clock, warn }),
    multipliers: await Multipliers.open(settings),
    budgets: new BudgetRepository(store, settings, clock),
  };
}

/** What tells people what happens. */
async function openTelling({ store, vault, settings }: Pick<Parts, 'store' | 'vault' | 'settings'>, clock: Clock) {
  return {
    alerts: await AlertLog.open(store, clock),
    notifications: await CurrentRules.open(settings),
    webhooks: new WebhookRepository(store, vault, clock),
  };
}

/** A changed plan or member is a change of all its keys. */
async function openKeys(
  keyRepository: KeyRepository,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
) {
  const keys = await KeyDirectory.open(keyRepository);
  const plans = new PlanRepository(store, clock);
  const members = new MemberRepository(store, clock);
  plans.onChange(() => keys.reload());
  members.onChange(() => keys.reload());
  const invites = new InviteRepository(store, { keys: keyRepository, members, clock });
  return { keys, plans, members, invites };
}
