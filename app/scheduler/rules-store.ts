import type { SettingsRepository } from '../store/settings.ts';
import { defaultRules, type Rules, rulesSchema } from './rules.ts';

const settingName = 'scheduling.rules';

/** The rules in force: read from the settings, kept in memory. */
export class RulesStore {
  readonly #settings: SettingsRepository;
  #current = defaultRules;

  private constructor(settings: SettingsRepository) {
    this.#settings = settings;
  }

  static async open(settings: SettingsRepository): Promise<RulesStore> {
    const store = new RulesStore(settings);
    await store.reload();
    return store;
  }

  get current(): Rules {
    return this.#current;
  }

  /** Another node may have changed them. */
  async reload(): Promise<void> {
    const stored = await this.#settings.get(settingName);
    const parsed = rulesSchema.safeParse(stored === undefined ? {} : JSON.parse(stored));
    // What a newer version wrote is not understood here: better the usual rules than none.
    this.#current = parsed.success ? parsed.data : defaultRules;
  }

  async set(rules: Rules): Promise<void> {
    await this.#settings.set(settingName, JSON.stringify(rules));
    this.#current = rules;
  }
}
