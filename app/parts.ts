import { userInfo } from 'node:os';
import { join } from 'node:path';
import bundledModels from '../resources/models.json' with { type: 'json' };
import bundledPrices from '../resources/prices.json' with { type: 'json' };
import { CliLogins } from './accounts/cli-logins.ts';
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
import { type Clock, systemClock } from './domain/clock.ts';
import { KeyDirectory } from './keys/directory.ts';
import { PlanRepository } from './keys/plan-repository.ts';
import { KeyRepository } from './keys/repository.ts';
import { providers as allProviders } from './providers/index.ts';
import type { Provider } from './providers/provider.ts';
import type { ProviderId } from './providers/provider-id.ts';
import { Transport } from './relay/transport.ts';
import { RulesStore } from './scheduler/rules-store.ts';
import { type Keychain, readKeychainItem } from './secrets/keychain.ts';
import { openVault } from './secrets/open.ts';
import type { Vault } from './secrets/vault.ts';
import { openStore } from './store/open.ts';
import { SettingsRepository } from './store/settings.ts';
import type { Store } from './store/store.ts';
import { AlertLog } from './usage/alert-log.ts';
import { BudgetRepository } from './usage/budget-repository.ts';
import { LivePrices } from './usage/live-prices.ts';
import { PriceVersions } from './usage/price-versions.ts';
import { loadPrices } from './usage/prices.ts';
import { UsageRepository } from './usage/repository.ts';
import { UsageRetention } from './usage/retention.ts';
import { UsageRollups } from './usage/rollups.ts';
import { UsageSpending } from './usage/spending.ts';

/** What the outside world is made of; tests put in their own. */
export interface Ports {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<ProviderId, Provider>;
  readonly keychain?: Keychain | undefined;
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
  readonly plans: PlanRepository;
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
  readonly usage: UsageRepository;
  readonly rollups: UsageRollups;
  readonly spending: UsageSpending;
  readonly retention: UsageRetention;
  readonly prices: LivePrices;
  readonly budgets: BudgetRepository;
  /** What was told, and the feed of what is. */
  readonly alerts: AlertLog;
  readonly transport: Transport;
}

export const defaultPorts: Ports = {
  clock: systemClock,
  providers: allProviders,
  warn: (message) => process.stderr.write(`${message}\n`),
};

/** Opens the parts in layer order; `closing` closes them in reverse. */
export async function openParts(config: Config, ports: Ports, closing: AsyncDisposableStack): Promise<Parts> {
  const { clock, providers, keychain, warn } = ports;
  const store = await openStore(
    config.databaseUrl === undefined
      ? {
          engine: 'sqlite',
          file: join(config.dataDir, 'waystation.sqlite'),
          snapshotFolder: join(config.dataDir, 'snapshots'),
        }
      : { engine: 'postgres', url: config.databaseUrl },
    clock,
  );
  closing.defer(() => store.close());
  const settings = new SettingsRepository(store);
  const vault = await openVault({
    backend: config.secrets,
    folder: config.dataDir,
    passphrase: config.passphrase,
    markers: settings,
    keychain,
    clock,
    warn,
  });
  const keyRepository = new KeyRepository(store, vault, settings, clock);
  const accountRepository = new AccountRepository(store, vault, providers, clock);
  const aliases = new AliasRepository(store, clock);
  const catalogue = await Catalogue.open(aliases);
  const money = await openMoney({ store, settings }, ports);
  const transport = new Transport(config.limits);
  closing.defer(() => transport.close());
  const control = new ControlPlane(config.limits.connectMs);
  closing.defer(() => control.close());
  return {
    config,
    ports,
    store,
    vault,
    settings,
    keyRepository,
    ...(await openKeys(keyRepository, new PlanRepository(store, clock))),
    accountRepository,
    accounts: await AccountDirectory.open(accountRepository, providers, clock),
    aliases,
    catalogue,
    offers: { catalogue, bundled: () => money.prices.models, known: loadKnownModels(bundledModels) },
    oauth: await OAuthSettings.open(settings),
    control,
    cliLogins: new CliLogins({
      places: config.toolPlaces,
      platform: process.platform,
      userName: () => userInfo().username,
      readKeychainItem,
    }),
    renewalJournal: new RenewalJournal(join(config.dataDir, 'renewals'), vault),
    rules: await RulesStore.open(settings),
    ...money,
    transport,
  };
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
    budgets: new BudgetRepository(store, settings, clock),
    alerts: await AlertLog.open(store, clock),
  };
}

/** A changed plan is a change of all its keys. */
async function openKeys(keyRepository: KeyRepository, plans: PlanRepository) {
  const keys = await KeyDirectory.open(keyRepository);
  plans.onChange(() => keys.reload());
  return { keys, plans };
}
