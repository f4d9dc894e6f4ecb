import type { Output } from '../server/admin/contract.ts';
import { count, money } from './numbers.ts';

type Explained = Output<'explainCall'>;
type Call = Explained['call'];
type Price = NonNullable<Explained['price']>;

interface Class {
  readonly name: string;
  /** Its field in the stored price, nano-dollars each; where that is missing, the field it shares a price with. */
  readonly price: string;
  readonly elsePrice?: string;
  amount(call: Call): number;
}

const tokenClasses: readonly Class[] = [
  { name: 'input', price: 'input', amount: textInput },
  { name: 'input as audio', price: 'audioInput', elsePrice: 'input', amount: (call) => call.audioInputTokens },
  { name: 'input as pictures', price: 'imageInput', elsePrice: 'input', amount: (call) => call.imageInputTokens },
  {
    name: 'read from the cache',
    price: 'cacheRead',
    amount: ({ cacheReadTokens, audioCacheReadTokens }) => cacheReadTokens - audioCacheReadTokens,
  },
  {
    name: 'audio read from the cache',
    price: 'audioCacheRead',
    elsePrice: 'cacheRead',
    amount: ({ audioCacheReadTokens }) => audioCacheReadTokens,
  },
  { name: 'written for 5 minutes', price: 'cacheWrite5m', amount: ({ cacheWrite5mTokens }) => cacheWrite5mTokens },
  { name: 'written for 1 hour', price: 'cacheWrite1h', amount: ({ cacheWrite1hTokens }) => cacheWrite1hTokens },
  { name: 'output', price: 'output', amount: textOutput },
  { name: 'output as audio', price: 'audioOutput', amount: ({ audioOutputTokens }) => audioOutputTokens },
  { name: 'output as pictures', price: 'imageOutput', amount: ({ imageOutputTokens }) => imageOutputTokens },
];

function textInput({ inputTokens, audioInputTokens, imageInputTokens }: Call): number {
  return Math.max(0, inputTokens - audioInputTokens - imageInputTokens);
}

function textOutput({ outputTokens, audioOutputTokens, imageOutputTokens }: Call): number {
  return Math.max(0, outputTokens - audioOutputTokens - imageOutputTokens);
}

const factors: readonly (readonly [field: string, why: string])[] = [
  ['speedPercent', 'the speed'],
  ['tierPercent', 'the service tier'],
  ['geographyPercent', 'the place it ran in'],
];

/** The sum, class by class, with the price that was used then. */
export function costLines({ call, price }: Explained): readonly string[] {
  if (call.costNanoUsd === null) {
    return [
      'The price of this model, or of something that the call used, is unknown, so no cost is counted.',
      'When the price table knows it: waystation usage price-unknown',
    ];
  }
  if (price === null) return [`${money(call.costNanoUsd)}: nothing was used.`];
  const tokens = tokenClasses
    .filter(({ amount }) => amount(call) > 0)
    .map((part) => {
      const unit = numberIn(price, part.price) ?? numberIn(price, part.elsePrice ?? '') ?? 0;
      const perMillion = `$${(unit / 1_000).toFixed(2)}`;
      return `${count(part.amount(call))} ${part.name} at ${perMillion} per million: ${money(part.amount(call) * unit)}`;
    });
  return [
    `${money(call.costNanoUsd)} in all.`,
    ...tokens,
    ...searchLine(call, price),
    ...pieceLines(call, price),
    ...factorLines(price),
    source(price),
  ];
}

function searchLine({ webSearchRequests }: Call, price: Price): readonly string[] {
  if (webSearchRequests === 0) return [];
  const unit = numberIn(price, 'webSearch') ?? 0;
  if (price['isWebSearchPerCall'] === true) {
    return [`${count(webSearchRequests)} web searches, charged once for the call: ${money(unit)}`];
  }
  return [`${count(webSearchRequests)} web searches at ${money(unit)} each: ${money(webSearchRequests * unit)}`];
}

/** Pictures that are charged by the piece, and runs of the upstream's tools. */
function pieceLines({ images, toolRequests }: Call, price: Price): readonly string[] {
  const pieces: readonly (readonly [what: string, amount: number, unit: number | undefined])[] = [
    ['picture', images, numberIn(price, 'image')],
    ...Object.entries(toolRequests).map(
      ([kind, runs]) => [kind.replace('-', ' '), runs, numberIn(price, `tool:${kind}`)] as const,
    ),
  ];
  return pieces.flatMap(([what, amount, unit]) => {
    if (unit === undefined || amount === 0) return [];
    return [`${count(amount)} × ${what} at ${money(unit)} each: ${money(amount * unit)}`];
  });
}

function factorLines(price: Price): readonly string[] {
  return factors.flatMap(([field, why]) => {
    const percent = numberIn(price, field) ?? 100;
    return percent === 100 ? [] : [`The tokens cost ${percent} % of that because of ${why}.`];
  });
}

function source(price: Price): string {
  const size = price['isLongContext'] === true ? ', for prompts of this size' : '';
  const version = String(price['version']);
  const own = version.startsWith('own ')
    ? `set by you on ${version.slice('own '.length, 14)}`
    : `from the table ${version}`;
  return `Prices of ${String(price['model'])}${size}, ${own}.`;
}

function numberIn(price: Price, field: string): number | undefined {
  const value = price[field];
  return typeof value === 'number' ? value : undefined;
}
