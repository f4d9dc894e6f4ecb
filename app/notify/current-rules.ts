import { parseJson } from '../protocols/json-value.ts';
import type { SettingsRepository } from '../store/settings.ts';
import { type NotificationRules, notificationRules, notificationsSetting } from './rules.ts';

/** What its owner wants to be told of: read from the settings, kept in memory. */
export class CurrentRules {
  readonly #settings: Pick<SettingsRepository, 'get'>;
  #current: NotificationRules = {};

  private constructor(settings: Pick<SettingsRepository, 'get'>) {
    this.#settings = settings;
  }

  static async open(settings: Pick<SettingsRepository, 'get'>): Promise<CurrentRules> {
    const opened = new CurrentRules(settings);
    await opened.reload();
    return opened;
  }

  get current(): NotificationRules {
    return this.#current;
  }

  /** Another node may have changed them. */
  async reload(): Promise<void> {
    const stored = await this.#settings.get(notificationsSetting);
    // What a newer version wrote is not understood here: then everything is as it was made.
    this.#current = notificationRules.safeParse(parseJson(stored ?? '{}')).data ?? {};
  }
}
