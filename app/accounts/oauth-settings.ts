import { parseJson } from '../protocols/json-value.ts';
import type { OAuthEndpoints } from '../providers/oauth.ts';
import { endpointsOf, type OAuthOverrides, oauthOverrides, oauthSetting } from '../providers/oauth-table.ts';
import type { SettingsRepository } from '../store/settings.ts';

/** Where accounts sign in and renew: the table, with what the owner's settings say instead. */
export class OAuthSettings {
  readonly #settings: SettingsRepository;
  #overrides: OAuthOverrides = {};

  private constructor(settings: SettingsRepository) {
    this.#settings = settings;
  }

  static async open(settings: SettingsRepository): Promise<OAuthSettings> {
    const opened = new OAuthSettings(settings);
    await opened.reload();
    return opened;
  }

  /** Undefined for providers that nobody signs in to. */
  of(provider: string): OAuthEndpoints | undefined {
    return endpointsOf(provider, this.#overrides);
  }

  async reload(): Promise<void> {
    const stored = await this.#settings.get(oauthSetting);
    // What another version wrote and this one does not understand is left out, not guessed at.
    this.#overrides = oauthOverrides.safeParse(parseJson(stored ?? '{}')).data ?? {};
  }
}
