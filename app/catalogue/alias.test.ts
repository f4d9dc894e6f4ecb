import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RelayError } from '../domain/errors.ts';
import { matchesPattern } from '../domain/patterns.ts';
import { type Alias, AliasTable } from './alias.ts';
import { checkAlias, checkRemoval } from './input.ts';

const alias = ([name, target]: readonly [string, string]): Alias => ({ name, target, updatedAt: 1 });
const tableOf = (...rules: readonly (readonly [string, string])[]) => new AliasTable(rules.map(alias));

describe('what a name stands for', () => {
  const table = tableOf(
    ['opus', 'claude-opus-5-5'],
    ['best', 'opus'],
    ['gpt-4*', 'gpt-6'],
    ['gpt-4o*', 'gpt-6-mini'],
    ['gpt-4o', 'gpt-6-vision'],
    ['claude-haiku-*', 'claude-haiku-4-5'],
  );

  test.each([
    ['opus', 'claude-opus-5-5'],
    ['OPUS', 'claude-opus-5-5'],
    ['opus[1m]', 'claude-opus-5-5'],
    ['models/opus', 'claude-opus-5-5'],
    ['best', 'claude-opus-5-5'],
    ['gpt-4.1', 'gpt-6'],
    ['gpt-4o-2024-08-06', 'gpt-6-mini'],
    ['gpt-4o', 'gpt-6-vision'],
    ['claude-haiku-3', 'claude-haiku-4-5'],
  ])('%s: %s', (asked, model) => {
    expect(table.resolve(asked).model).toBe(model);
  });

  test.each(['claude-haiku-4-5', 'Claude-Haiku-4-5', 'models/gemini-3-pro', 'gpt-5[1M]', '', 'constructor'])(
    '%j stands for itself, as it was written',
    (asked) => {
      expect(table.resolve(asked)).toEqual({ model: asked, via: [] });
    },
  );

  test('it tells by which rules it went', () => {
    expect(table.resolve('best').via.map(({ name }) => name)).toEqual(['best', 'opus']);
  });

  test('two nodes that closed a circle between them do not hang: the name stands for itself', () => {
    const circle = tableOf(['a', 'b'], ['b', 'a'], ['c', 'a']);
    expect(['a', 'b', 'c'].map((name) => circle.resolve(name).model)).toEqual(['a', 'b', 'c']);
  });
});

describe('what is refused', () => {
  const refusal = (change: () => unknown): string => {
    try {
      change();
      return 'saved';
    } catch (error) {
      if (error instanceof RelayError) return error.message;
      throw error;
    }
  };
  const setting = (name: string, target: string, ...others: readonly (readonly [string, string])[]) =>
    refusal(() => checkAlias({ name, target }, others.map(alias)));

  test.each([
    ['opus', 'opus', 'opus would stand for itself'],
    ['OPUS', 'models/opus[1m]', 'opus would stand for itself'],
    ['', 'gpt-6', 'the alias must be 1 to 200 characters without blanks'],
    ['two words', 'gpt-6', 'the alias must be 1 to 200 characters without blanks'],
    ['a', 'gpt 6', 'the model it stands for must be 1 to 200 characters without blanks'],
    ['a', 'gpt-*', '* may stand in the alias only'],
    ['a'.repeat(201), 'gpt-6', 'the alias must be 1 to 200'],
  ])('%s for %s: %s', (name, target, message) => {
    expect(setting(name, target)).toContain(message);
  });

  test('a circle, with the way that it goes', () => {
    expect(setting('c', 'a', ['a', 'b'], ['b', 'c'])).toBe(
      'The alias was not saved: names would lead round in a circle (b → c → a → b). Remove or change one of these first.',
    );
    expect(setting('gpt-6*', 'gpt-4o', ['gpt-4*', 'gpt-6'])).toContain('circle');
  });

  test('a removal that would close one', () => {
    const rest = [alias(['a', 'b']), alias(['b*', 'a'])];
    expect(refusal(() => checkRemoval('b', rest))).toContain('without b, names would lead round in a circle');
  });

  test('but not a pattern that covers its own target, nor a change of a rule', () => {
    expect(setting('claude-opus-*', 'claude-opus-5-5')).toBe('saved');
    expect(setting('a', 'c', ['a', 'b'], ['b', 'a'])).toBe('saved');
  });

  test('the names are kept so that letter case and marks make no second rule', () => {
    expect(checkAlias({ name: ' Models/OPUS[1m] ', target: ' claude-opus-5-5 ' }, [])).toEqual({
      name: 'opus',
      target: 'claude-opus-5-5',
    });
  });
});

describe('any rules that were accepted one after the other', () => {
  const letters = fc.constantFrom('a', 'b', 'c');
  const name = fc.string({ unit: letters, minLength: 1, maxLength: 3 });
  const pattern = fc.string({ unit: fc.oneof(letters, fc.constant('*')), minLength: 1, maxLength: 3 });
  const rules = fc.array(fc.tuple(pattern, name), { maxLength: 12 });

  function accepted(given: readonly (readonly [string, string])[]): readonly Alias[] {
    let kept: readonly Alias[] = [];
    for (const [from, to] of given) {
      try {
        const checked = checkAlias({ name: from, target: to }, kept);
        kept = [...kept.filter((other) => other.name !== checked.name), { ...checked, updatedAt: 0 }];
      } catch (error) {
        if (!(error instanceof RelayError)) throw error;
      }
    }
    return kept;
  }

  test('lead every name to one that stays as it is, whatever its letter case', () => {
    fc.assert(
      fc.property(rules, name, (given, asked) => {
        const table = new AliasTable(accepted(given));
        const { model, via } = table.resolve(asked);
        expect(table.resolve(model)).toEqual({ model, via: [] });
        expect(via.length <= table.aliases.length).toBe(true);
        expect(via.length > 0 || model === asked).toBe(true);
        expect(table.resolve(asked.toUpperCase()).via).toEqual(via);
      }),
    );
  });

  test('take the exact name first and then the longest pattern, in whatever order they were made', () => {
    fc.assert(
      fc.property(rules, name, (given, asked) => {
        const kept = accepted(given);
        const [first] = new AliasTable(kept.toReversed()).resolve(asked).via;
        const fitting = kept.filter((rule) => matchesPattern(rule.name, asked));
        const exact = fitting.find((rule) => rule.name === asked);
        const longest = Math.max(...fitting.map((rule) => rule.name.length));
        if (first && exact) expect(first).toEqual(exact);
        if (first && !exact) expect(first.name).toHaveLength(longest);
        expect(new AliasTable(kept).resolve(asked).via[0]).toEqual(first);
      }),
    );
  });
});
