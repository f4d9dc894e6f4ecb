import { join } from 'node:path';
import bundledPrices from '../resources/prices.json' with { type: 'json' };
import { AccountDirectory } from './accounts/directory.ts';
import { AccountRepository } from './accounts/repository.ts';
import type { Config } from './config.ts';
import { type Clock, systemClock } from './domain/clock.ts';
import { KeyDirectory } from './keys/directory.ts';
import { KeyRepository } from './keys/repository.ts';
import { providers as allProviders } from './providers/index.ts';
import type { Provider, ProviderId } from './providers/provider.ts';
import { Transport } from './relay/transport.ts';
import { RulesStore } from './scheduler/rules-store.ts';
import type { Keychain } from './secrets/keychain.ts';
import { openVault } from './secrets/open.ts';
import type { Vault } from './secrets/vault.ts';
import { openStore } from './store/open.ts';
import { SettingsRepository } from './store/settings.ts';
import type { Store } from './store/store.ts';
import { loadPrices, type PriceTable } from './usage/prices.ts';
import { UsageRepository } from './usage/repository.ts';
import { UsageRetention } from './usage/retention.ts';
import { UsageRollups } from './usage/rollups.ts';

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
  readonly accountRepository: AccountRepository;
  readonly accounts: AccountDirectory;
  readonly rules: RulesStore;
  readonly usage: UsageRepository;
  readonly rollups: UsageRollups;
  readonly retention: UsageRetention;
  readonly prices: PriceTable;
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
  const transport = new Transport(config.limits);
  closing.defer(() => transport.close());
  return {
    config,
    ports,
    store,
    vault,
    settings,
    keyRepository,
    keys: await KeyDirectory.open(keyRepository),
    accountRepository,
    accounts: await AccountDirectory.open(accountRepository, providers, clock),
    rules: await RulesStore.open(settings),
    usage: new UsageRepository(store),
    rollups: new UsageRollups(store, settings),
    retention: new UsageRetention(store, settings),
    prices: loadPrices(bundledPrices),
    transport,
  };
}
