import { expect, test } from 'vitest';
import type { Output } from '../server/admin/contract.ts';
import { costLines } from './explain-cost.ts';

type Explained = Output<'explainCall'>;
type Cost = NonNullable<Explained['cost']>;

const plain: Cost = {
  tokens: [{ class: 'cache-read', amount: 40_000, unitNanoUsd: 25, nanoUsd: 1_000_000 }],
  percent: { speed: 100, tier: 100, geography: 100 },
  pieces: [],
  ...{ model: 'gemini-2.5-flash', version: '2026-11-01', setOn: null, isLongContext: false },
};

function linesOf(cost: Cost | null, call: Partial<Explained['call']> = {}): readonly string[] {
  const given = { costNanoUsd: 1_000_000, billedNanoUsd: 1_000_000, multiplier: 1, webSearchRequests: 0, ...call };
  // The rest of an explanation is not read for its cost.
  return costLines({ call: given, cost } as Explained);
}

test('each class is told with its price and what it came to', () => {
  expect(linesOf(plain)).toEqual([
    '$0.0010 in all.',
    '40,000 read from the cache at $0.025 per million: $0.0010',
    'Prices of gemini-2.5-flash, from the table 2026-11-01.',
  ]);
});

test('what a tier and a place make of the tokens stands before what they do not touch', () => {
  const cost: Cost = {
    ...plain,
    percent: { speed: 100, tier: 50, geography: 110 },
    pieces: [
      { class: 'web-searches-once', amount: 1, unitNanoUsd: 35_000_000, nanoUsd: 35_000_000 },
      { class: 'file-search', amount: 2, unitNanoUsd: 2_500_000, nanoUsd: 5_000_000 },
    ],
    ...{ version: 'own 2026-11-02T03:04:05Z', setOn: '2026-11-02', isLongContext: true },
  };
  expect(linesOf(cost, { webSearchRequests: 3, multiplier: 2, billedNanoUsd: 81_100_000 }).slice(2)).toEqual([
    'The tokens cost 50 % of that because of the service tier.',
    'The tokens cost 110 % of that because of the place it ran in.',
    '3 × web search, charged once for the call: $0.0350',
    '2 × file search at $0.0025 each: $0.0050',
    'Prices of gemini-2.5-flash, for prompts of this size, set by you on 2026-11-02.',
    'Its key pays 2 times that: $0.0811.',
  ]);
});

test('a call that used nothing, and one without a price, say so', () => {
  expect(linesOf(null, { costNanoUsd: 0 })).toEqual(['$0: nothing was used.']);
  expect(linesOf(null, { costNanoUsd: null, billedNanoUsd: null, multiplier: 2 })).toEqual([
    'The price of this model, or of something that the call used, is unknown, so no cost is counted.',
    'When the price table knows it: waystation usage price-unknown',
    'Its key then pays 2 times the cost.',
  ]);
});
