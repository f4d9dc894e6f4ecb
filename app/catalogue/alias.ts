import { bareModel } from '../domain/model-names.ts';
import { matchesPattern } from '../domain/patterns.ts';

/** One global rule: whoever asks for `name` gets `target`, from whichever account serves that. */
export interface Alias {
  /** In lower case; `*` matches any run of characters. */
  readonly name: string;
  readonly target: string;
  readonly updatedAt: number;
}

/** What a name stands for, and by which rules. */
export interface Resolution {
  readonly model: string;
  readonly via: readonly Alias[];
}

/**
 * All aliases, ready for looking up. An exact name goes before patterns, a longer pattern before a shorter one; what a
 * rule leads to is looked up again. A pattern may cover its own target: there the way ends.
 */
export class AliasTable {
  readonly aliases: readonly Alias[];
  readonly #exact: ReadonlyMap<string, Alias>;
  /** Best first. */
  readonly #patterns: readonly Alias[];

  constructor(aliases: readonly Alias[]) {
    this.aliases = aliases;
    this.#exact = new Map(aliases.filter(({ name }) => !isPattern(name)).map((alias) => [alias.name, alias]));
    this.#patterns = aliases.filter(({ name }) => isPattern(name)).sort(byPrecedence);
  }

  /** A name without a rule stands for itself, as it was written. So does one that leads into a circle. */
  resolve(asked: string): Resolution {
    const via: Alias[] = [];
    const seen = new Set([keyOf(asked)]);
    let model = asked;
    for (let rule = this.#ruleFor(model); rule; rule = this.#ruleFor(model)) {
      if (seen.has(keyOf(rule.target))) return { model: asked, via: [] };
      seen.add(keyOf(rule.target));
      via.push(rule);
      model = rule.target;
    }
    return { model, via };
  }

  /** Names that lead round in a circle, the first one again at the end; undefined when there is none. */
  findCircle(): readonly string[] | undefined {
    for (const { target } of this.aliases) {
      const circle = this.#circleFrom(target);
      if (circle) return circle;
    }
    return undefined;
  }

  #circleFrom(start: string): readonly string[] | undefined {
    const names = [keyOf(start)];
    for (let rule = this.#ruleFor(start); rule; rule = this.#ruleFor(rule.target)) {
      const name = keyOf(rule.target);
      const first = names.indexOf(name);
      if (first >= 0) return [...names.slice(first), name];
      names.push(name);
    }
    return undefined;
  }

  #ruleFor(model: string): Alias | undefined {
    const name = keyOf(model);
    const rule = this.#exact.get(name) ?? this.#patterns.find((pattern) => matchesPattern(pattern.name, name));
    return rule && keyOf(rule.target) !== name ? rule : undefined;
  }
}

export function isPattern(name: string): boolean {
  return name.includes('*');
}

/** Neither letter case, nor `models/`, nor a context mark makes another name. */
export function keyOf(model: string): string {
  return bareModel(model).toLowerCase();
}

function byPrecedence(one: Alias, other: Alias): number {
  return other.name.length - one.name.length || (one.name < other.name ? -1 : 1);
}
