import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SettingsRepository } from '../store/settings.ts';

const setting = 'metrics.token';
/** So that it can be told from a key, and found by secret scanners. */
const start = 'wsm_';

/** What a monitoring program reads the numbers with, and nothing else. Only its digest is kept. */
export class MetricsToken {
  readonly #settings: SettingsRepository;

  constructor(settings: SettingsRepository) {
    this.#settings = settings;
  }

  async isSet(): Promise<boolean> {
    return (await this.#settings.get(setting)) !== undefined;
  }

  /** A new one takes the place of the old one. */
  async make(): Promise<string> {
    const token = start + randomBytes(32).toString('base64url');
    await this.#settings.set(setting, JSON.stringify(hash('sha256', token)));
    return token;
  }

  async remove(): Promise<void> {
    await this.#settings.remove(setting);
  }

  /** False too when there is none. */
  async isRight(given: string): Promise<boolean> {
    const stored = await this.#settings.get(setting);
    return stored !== undefined && isSameText(JSON.stringify(hash('sha256', given)), stored);
  }
}

/** In a time that does not tell where they differ. */
export function isSameText(one: string, other: string): boolean {
  const digest = (text: string) => hash('sha256', text, 'buffer');
  return timingSafeEqual(digest(one), digest(other));
}
