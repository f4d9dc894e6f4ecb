import { toolKinds } from '../domain/usage.ts';

export const tokenClasses = [
  'input',
  'input-audio',
  'input-pictures',
  'cache-read',
  'cache-read-audio',
  'cache-write-5m',
  'cache-write-1h',
  'output',
  'output-audio',
  'output-pictures',
] as const;
export type TokenClass = (typeof tokenClasses)[number];

export const pieceClasses = [
  'web-search',
  /** However often it searched. */
  'web-searches-once',
  'picture',
  ...toolKinds,
] as const;
export type PieceClass = (typeof pieceClasses)[number];

/** One line of a bill; whole nano-dollars. */
export interface CostPart<Class extends string> {
  readonly class: Class;
  readonly amount: number;
  readonly unitNanoUsd: number;
  readonly nanoUsd: number;
}

/** What a call's cost was made of when it settled. */
export interface CostParts {
  readonly tokens: readonly CostPart<TokenClass>[];
  /** Their sum is multiplied with these; searches, pictures and tools are not. */
  readonly percent: { readonly speed: number; readonly tier: number; readonly geography: number };
  readonly pieces: readonly CostPart<PieceClass>[];
  readonly model: string;
  readonly version: string;
  /** The day on which the owner set them; null for prices of the table `version`. */
  readonly setOn: string | null;
  readonly isLongContext: boolean;
}

type Amount =
  | 'inputTokens'
  | 'outputTokens'
  | 'cacheReadTokens'
  | 'cacheWrite5mTokens'
  | 'cacheWrite1hTokens'
  | 'webSearchRequests'
  | 'audioInputTokens'
  | 'audioCacheReadTokens'
  | 'audioOutputTokens'
  | 'imageInputTokens'
  | 'imageOutputTokens'
  | 'images';

/** What a stored call used. */
export interface CountedCall extends Readonly<Record<Amount, number>> {
  readonly toolRequests: Readonly<Record<string, number>>;
}

/** As it was applied then, flat; old calls know fewer prices. */
export type StoredPrice = Readonly<Record<string, string | number | boolean>>;

/** Classes that the call did not use are left out. */
export function costParts(call: CountedCall, price: StoredPrice): CostParts {
  const version = String(price['version']);
  return {
    tokens: tokenParts(call, price),
    percent: {
      speed: numberIn(price, 'speedPercent') ?? 100,
      tier: numberIn(price, 'tierPercent') ?? 100,
      geography: numberIn(price, 'geographyPercent') ?? 100,
    },
    pieces: pieceParts(call, price),
    model: String(price['model']),
    version,
    setOn: /^own (\d{4}-\d{2}-\d{2})/.exec(version)?.[1] ?? null,
    isLongContext: price['isLongContext'] === true,
  };
}

/** Sound and pictures are part of the total of their side, and have its price where they have none of their own. */
function tokenParts(call: CountedCall, price: StoredPrice): CostPart<TokenClass>[] {
  const [soundIn, drawnIn, textIn] = split(call.inputTokens, call.audioInputTokens, call.imageInputTokens);
  const [soundRead, , textRead] = split(call.cacheReadTokens, call.audioCacheReadTokens, 0);
  const [soundOut, drawnOut, textOut] = split(call.outputTokens, call.audioOutputTokens, call.imageOutputTokens);
  const rows: readonly (readonly [TokenClass, number, ...string[]])[] = [
    ['input', textIn, 'input'],
    ['input-audio', soundIn, 'audioInput', 'input'],
    ['input-pictures', drawnIn, 'imageInput', 'input'],
    ['cache-read', textRead, 'cacheRead'],
    ['cache-read-audio', soundRead, 'audioCacheRead', 'cacheRead'],
    ['cache-write-5m', call.cacheWrite5mTokens, 'cacheWrite5m'],
    ['cache-write-1h', call.cacheWrite1hTokens, 'cacheWrite1h'],
    ['output', textOut, 'output'],
    ['output-audio', soundOut, 'audioOutput', 'output'],
    ['output-pictures', drawnOut, 'imageOutput', 'output'],
  ];
  return rows.flatMap(([name, amount, ...fields]) => part(name, amount, firstIn(price, fields)));
}

function pieceParts(call: CountedCall, price: StoredPrice): CostPart<PieceClass>[] {
  const searches = call.webSearchRequests;
  return [
    ...(price['isWebSearchPerCall'] === true
      ? part('web-searches-once', Math.min(1, searches), firstIn(price, ['webSearch']))
      : part('web-search', searches, firstIn(price, ['webSearch']))),
    ...part('picture', numberIn(price, 'image') === undefined ? 0 : call.images, firstIn(price, ['image'])),
    ...toolKinds.flatMap((kind) => part(kind, call.toolRequests[kind] ?? 0, firstIn(price, [`tool:${kind}`]))),
  ];
}

/** The two parts of a total, never more than it, and the rest. */
function split(total: number, first: number, second: number): readonly [number, number, number] {
  const one = Math.min(first, total);
  const other = Math.min(second, total - one);
  return [one, other, total - one - other];
}

function part<Class extends string>(name: Class, amount: number, unitNanoUsd: number): CostPart<Class>[] {
  return amount > 0 ? [{ class: name, amount, unitNanoUsd, nanoUsd: amount * unitNanoUsd }] : [];
}

function firstIn(price: StoredPrice, fields: readonly string[]): number {
  return fields.map((field) => numberIn(price, field)).find((unit) => unit !== undefined) ?? 0;
}

function numberIn(price: StoredPrice, field: string): number | undefined {
  const value = price[field];
  return typeof value === 'number' ? value : undefined;
}
