import type { Output } from '../server/admin/contract.ts';
import { count, money, perMillion } from './numbers.ts';

type Explained = Output<'explainCall'>;
type Call = Explained['call'];
type Cost = NonNullable<Explained['cost']>;
type TokenPart = Cost['tokens'][number];
type PiecePart = Cost['pieces'][number];

const tokenNames: Readonly<Record<TokenPart['class'], string>> = {
  input: 'input',
  'input-audio': 'input as audio',
  'input-pictures': 'input as pictures',
  'cache-read': 'read from the cache',
  'cache-read-audio': 'audio read from the cache',
  'cache-write-5m': 'written for 5 minutes',
  'cache-write-1h': 'written for 1 hour',
  output: 'output',
  'output-audio': 'output as audio',
  'output-pictures': 'output as pictures',
};

const pieceNames: Readonly<Record<Exclude<PiecePart['class'], 'web-searches-once'>, string>> = {
  'web-search': 'web search',
  picture: 'picture',
  'web-fetch': 'web fetch',
  'file-search': 'file search',
  'code-execution': 'code execution',
  'image-generation': 'image generation',
  'maps-search': 'maps search',
};

const factors = [
  ['speed', 'the speed'],
  ['tier', 'the service tier'],
  ['geography', 'the place it ran in'],
] as const;

/** The sum, class by class, with the price that was used then. */
export function costLines({ call, cost }: Explained): readonly string[] {
  if (call.costNanoUsd === null) {
    return [
      'The price of this model, or of something that the call used, is unknown, so no cost is counted.',
      'When the price table knows it: waystation usage price-unknown',
      ...(call.multiplier === 1 ? [] : [`Its key then pays ${call.multiplier} times the cost.`]),
    ];
  }
  if (cost === null) return [`${money(call.costNanoUsd)}: nothing was used.`];
  return [
    `${money(call.costNanoUsd)} in all.`,
    ...cost.tokens.map(tokenLine),
    ...factorLines(cost),
    ...cost.pieces.map((part) => pieceLine(part, call)),
    source(cost),
    ...billedLine(call),
  ];
}

function tokenLine({ class: name, amount, unitNanoUsd, nanoUsd }: TokenPart): string {
  return `${count(amount)} ${tokenNames[name]} at ${perMillion(unitNanoUsd)} per million: ${money(nanoUsd)}`;
}

function factorLines({ percent }: Cost): readonly string[] {
  return factors.flatMap(([name, why]) =>
    percent[name] === 100 ? [] : [`The tokens cost ${percent[name]} % of that because of ${why}.`],
  );
}

function pieceLine({ class: name, amount, unitNanoUsd, nanoUsd }: PiecePart, { webSearchRequests }: Call): string {
  if (name === 'web-searches-once') {
    return `${count(webSearchRequests)} × web search, charged once for the call: ${money(nanoUsd)}`;
  }
  return `${count(amount)} × ${pieceNames[name]} at ${money(unitNanoUsd)} each: ${money(nanoUsd)}`;
}

/** By what its service and its key were multiplied with when it was admitted. */
function billedLine({ billedNanoUsd, multiplier }: Call): readonly string[] {
  return multiplier === 1 ? [] : [`Its key pays ${multiplier} times that: ${money(billedNanoUsd)}.`];
}

function source({ model, version, setOn, isLongContext }: Cost): string {
  const size = isLongContext ? ', for prompts of this size' : '';
  const from = setOn === null ? `from the table ${version}` : `set by you on ${setOn}`;
  return `Prices of ${model}${size}, ${from}.`;
}
