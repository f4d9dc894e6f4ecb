import type { SettingsRepository } from '../store/settings.ts';

const settingName = 'relay.paused';

/** Whether the owner stopped calls. It is stored: nothing begins to cost money again because something was restarted. */
export class Pause {
  readonly #settings: SettingsRepository;
  #isPaused = false;

  private constructor(settings: SettingsRepository) {
    this.#settings = settings;
  }

  static async open(settings: SettingsRepository): Promise<Pause> {
    const pause = new Pause(settings);
    await pause.reload();
    return pause;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Another process may have changed it. */
  async reload(): Promise<void> {
    this.#isPaused = (await this.#settings.get(settingName)) !== undefined;
  }

  async set(isPaused: boolean): Promise<void> {
    if (isPaused) await this.#settings.set(settingName, 'true');
    else await this.#settings.remove(settingName);
    this.#isPaused = isPaused;
  }
}
