import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bundledPrices } from './__fixtures__/calls.ts';
import { priceDiff } from './price-diff.ts';
import { loadPrices, type PriceTable } from './prices.ts';

type Model = Readonly<Record<string, unknown>> & { readonly id: string };

function tableOf(models: readonly Model[], version = '1'): PriceTable {
  return loadPrices({
    ...{ version, date: '2026-11-01', unit: 'made up', sources: { made: { from: 'made up', read: '2026-11-01' } } },
    vendors: [{ id: 'made', source: 'made', serviceTierPercent: { flex: 50 }, models }],
  });
}

const before = tableOf([
  { id: 'kept', input: 1_000, output: 2_000 },
  {
    id: 'dearer',
    input: 1_000,
    output: 2_000,
    longContext: { abovePromptTokens: 200_000, input: 2_000, output: 4_000 },
  },
  { id: 'gone', input: 1, output: 1 },
  ...['a', 'b', 'c'].map((id) => ({ id, input: 1, output: 1 })),
]);

test('tells what is added, removed and changed, by how much, and what looks wrong', () => {
  const after = tableOf([
    { id: 'kept', input: 1_000, output: 2_000 },
    {
      id: 'dearer',
      input: 1_250,
      output: 4_000,
      longContext: { abovePromptTokens: 200_000, input: 900, output: 4_000 },
    },
    { id: 'new', input: 5, output: 5 },
    ...['a', 'b', 'c'].map((id) => ({ id, input: 1, output: 1 })),
  ]);
  expect(priceDiff(before, after)).toEqual({
    added: ['new'],
    removed: ['gone'],
    changed: [
      { model: 'dearer', field: 'input', before: 1_000, after: 1_250, percent: 25 },
      {
        model: 'dearer',
        field: 'output',
        before: 2_000,
        after: 4_000,
        percent: 100,
        suspicion: 'costs 2 times as much',
      },
      {
        ...{ model: 'dearer', field: 'longContext.input', before: 2_000, after: 900 },
        ...{ percent: -55, suspicion: 'costs 2.2 times less' },
      },
    ],
    suspicions: [
      'dearer: output costs 2 times as much',
      'dearer: longContext.input costs 2.2 times less',
      'the prices of gone go',
    ],
  });
});

test('what costs nothing any more, loses a price or changes with most others looks wrong', () => {
  const models = ['kept', 'dearer', 'gone', 'a', 'b', 'c'].map((id) => ({ id, input: 0, output: 3 }));
  const { suspicions } = priceDiff(before, tableOf([...models, { id: 'free', input: 0, output: 0 }]));
  expect(suspicions).toContain('kept: input costs nothing any more');
  expect(suspicions).toContain('dearer: longContext.input has no price any more');
  expect(suspicions).toContain('free costs nothing');
  expect(suspicions).toContain('6 of 6 models change at once');
});

test('a table against itself changes nothing, and what one direction adds the other removes', () => {
  const bundled = bundledPrices();
  expect(priceDiff(bundled, bundled)).toEqual({ added: [], removed: [], changed: [], suspicions: [] });
  const model = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e'), input: fc.nat(9), output: fc.nat(9) });
  const models = fc.uniqueArray(model, { minLength: 1, selector: ({ id }) => id });
  fc.assert(
    fc.property(models, models, (one, other) => {
      const there = priceDiff(tableOf(one), tableOf(other));
      const back = priceDiff(tableOf(other), tableOf(one));
      expect([there.added, there.removed]).toEqual([back.removed, back.added]);
      const turned = back.changed.map(({ model: name, field, before: was, after: is }) =>
        [name, field, is, was].join(),
      );
      expect(
        there.changed.map((change) => [change.model, change.field, change.before, change.after].join()).sort(),
      ).toEqual(turned.sort());
    }),
  );
});
