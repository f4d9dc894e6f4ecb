import { createTurns } from '../keys/turns.ts';
import { type Alias, AliasTable, type Resolution } from './alias.ts';
import type { AliasRepository } from './repository.ts';

/** Clients name models as they like: the memory of answers is bounded. */
const maxRemembered = 1_000;

/** What model names stand for, in memory: the hot path asks nothing else. */
export class Catalogue {
  readonly #repository: AliasRepository;
  readonly #remembered = new Map<string, Resolution>();
  readonly #inTurn = createTurns();
  #table = new AliasTable([]);
  #revision = '';

  private constructor(repository: AliasRepository) {
    this.#repository = repository;
  }

  static async open(repository: AliasRepository): Promise<Catalogue> {
    const catalogue = new Catalogue(repository);
    await catalogue.reload();
    return catalogue;
  }

  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const revision = await this.#repository.revision();
      this.#table = new AliasTable(await this.#repository.list());
      this.#remembered.clear();
      this.#revision = revision;
    });
  }

  /** Reloads when any process changed an alias since the last load: one small query when none did. */
  async poll(): Promise<void> {
    if ((await this.#repository.revision()) !== this.#revision) await this.reload();
  }

  get aliases(): readonly Alias[] {
    return this.#table.aliases;
  }

  /** Hot path. */
  resolve(asked: string): Resolution {
    const known = this.#remembered.get(asked);
    if (known) return known;
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
    const found = this.#table.resolve(asked);
    this.#remembered.set(asked, found);
    return found;
  }
}
