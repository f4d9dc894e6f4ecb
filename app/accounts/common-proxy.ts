import type { SecretPlace, Vault } from '../secrets/vault.ts';
import type { SettingsRepository } from '../store/settings.ts';

/** The row of the settings that holds it, sealed: its address may have a password. */
const commonProxySetting = 'network.proxy';
const place: SecretPlace = { table: 'settings', row: commonProxySetting, column: 'value' };

/**
 * What accounts without a proxy of their own go through, if their upstream is on the internet. Fails closed: while its
 * address cannot be opened, nobody goes out without it.
 */
export class CommonProxy {
  readonly #settings: SettingsRepository;
  readonly #vault: Vault;
  #url: string | undefined;
  #isUnreadable = false;

  private constructor(settings: SettingsRepository, vault: Vault) {
    this.#settings = settings;
    this.#vault = vault;
  }

  static async open(settings: SettingsRepository, vault: Vault): Promise<CommonProxy> {
    const opened = new CommonProxy(settings, vault);
    await opened.reload();
    return opened;
  }

  /** Throws while there is one that cannot be opened. */
  current(): string | undefined {
    if (!this.#isUnreadable) return this.#url;
    throw new Error('the proxy for all accounts cannot be decrypted: set it again, or take it away, in the settings');
  }

  /** Another node may have changed it. */
  async reload(): Promise<void> {
    const sealed = await this.#settings.get(commonProxySetting);
    this.#url = undefined;
    this.#isUnreadable = false;
    if (sealed === undefined) return;
    try {
      this.#url = this.#vault.open(place, sealed);
    } catch {
      // Whatever is wrong with it: see `current`.
      this.#isUnreadable = true;
    }
  }

  async set(url: string): Promise<void> {
    await this.#settings.set(commonProxySetting, this.#vault.seal(place, url));
    await this.reload();
  }

  async clear(): Promise<void> {
    await this.#settings.remove(commonProxySetting);
    await this.reload();
  }
}
