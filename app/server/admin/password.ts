import { PasswordHashes } from '../../people/password-hash.ts';
import type { SettingsRepository } from '../../store/settings.ts';

const setting = 'admin.password';

/** The password of the admin pages; only its scrypt hash is kept. */
export class AdminPassword {
  readonly #settings: SettingsRepository;
  readonly #hashes = new PasswordHashes();

  constructor(settings: SettingsRepository) {
    this.#settings = settings;
  }

  async isSet(): Promise<boolean> {
    return (await this.#settings.get(setting)) !== undefined;
  }

  async set(password: string): Promise<void> {
    await this.#settings.set(setting, await this.#hashes.make(password));
  }

  async clear(): Promise<void> {
    await this.#settings.remove(setting);
  }

  /** False too when none is set. */
  async isRight(password: string): Promise<boolean> {
    return await this.#hashes.isRight(password, await this.#settings.get(setting));
  }
}
