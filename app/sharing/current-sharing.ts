import { type AlertDetail, noAmount } from '../domain/alert.ts';
import type { SettingsRepository } from '../store/settings.ts';
import type { SharedListeners } from './listeners.ts';
import { readStored, type SharingSettings, sharingOff } from './settings.ts';

export interface CurrentSharingDeps {
  readonly settings: Pick<SettingsRepository, 'get'>;
  readonly listeners: Pick<SharedListeners, 'apply'>;
  readonly alerts: {
    raise(stateKey: string, detail: AlertDetail): Promise<void>;
    recover(stateKeys: readonly string[]): Promise<void>;
  };
  warn(message: string): void;
}

const unreadable = 'sharing unreadable';

/** The settings in force: what is stored, by whichever node, is what is listened with. */
export class CurrentSharing {
  readonly #deps: CurrentSharingDeps;
  #text: string | undefined;
  #sharing: SharingSettings = sharingOff;
  /** One after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(deps: CurrentSharingDeps) {
    this.#deps = deps;
  }

  get settings(): SharingSettings {
    return this.#sharing;
  }

  /** Listens anew where something else is stored than before. */
  reload(): Promise<void> {
    const done = this.#last.then(() => this.#reload());
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #reload(): Promise<void> {
    const { text, sharing, isBroken } = await readStored(this.#deps.settings);
    if (text === this.#text) return;
    this.#text = text;
    this.#sharing = sharing;
    await this.#deps.listeners.apply(sharing);
    await this.#tell(isBroken);
  }

  /** Better off than open to who knows whom; but its owner has to hear of it. */
  async #tell(isBroken: boolean): Promise<void> {
    const { alerts, warn } = this.#deps;
    if (!isBroken) return await alerts.recover([unreadable]);
    warn('Sharing is off: its stored settings cannot be read. Turn it on again: waystation share on');
    await alerts.raise(unreadable, {
      ...noAmount,
      kind: 'sharing-unreadable',
      subjectId: 'sharing',
      subjectName: 'sharing',
    });
  }
}
