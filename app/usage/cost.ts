import { type ToolKind, toolKinds, type Usage } from '../domain/usage.ts';
import type { Price, UnitPrices } from './prices.ts';

/** More than any call can use: keeps every sum exact however wrong an upstream's numbers are. */
const maxTokens = 1_000_000_000;
const maxRequests = 100_000;

/**
 * What one call pays: the unit prices of its prompt size, and what its speed, tier and geography make of them. It is
 * stored with the call, flat; classes that the call did not use may be left out, and old rows know fewer of them.
 */
export interface AppliedPrice extends UnitPrices, ToolPrices {
  readonly model: string;
  readonly version: string;
  readonly isLongContext: boolean;
  readonly webSearch?: number | undefined;
  /** However often it searched, it pays once. */
  readonly isWebSearchPerCall?: boolean | undefined;
  readonly image?: number | undefined;
  /** They multiply the cost of the tokens, not of searches, tools and pictures. */
  readonly speedPercent: number;
  readonly tierPercent: number;
  readonly geographyPercent: number;
}

type ToolPrices = { readonly [Kind in ToolKind as `tool:${Kind}`]?: number | undefined };

/** The call's cost in whole nano-dollars, never negative; undefined when something it used has no known price. */
export function costOf(usage: Usage, price: Price): number | undefined {
  const applied = applyPrice(usage, price);
  return applied && costAt(usage, applied);
}

/** Undefined when the table has no price for the speed, the tier or a class that the call used. */
export function applyPrice(usage: Usage, price: Price): AppliedPrice | undefined {
  const speed = speedPercent(usage, price);
  const tier = tierPercent(usage, price);
  const { longContext } = price;
  const isLongContext = longContext !== undefined && promptTokens(usage) > longContext.abovePromptTokens;
  const units = isLongContext ? longContext : price;
  if (speed === undefined || tier === undefined || !isPriced(usage, price, units)) return undefined;
  const applied: AppliedPrice = {
    model: price.model,
    version: price.version,
    isLongContext,
    input: units.input,
    output: units.output,
    cacheRead: units.cacheRead,
    cacheWrite5m: units.cacheWrite5m,
    cacheWrite1h: units.cacheWrite1h,
    webSearch: price.webSearch,
    speedPercent: speed,
    tierPercent: tier,
    geographyPercent: geographyPercent(usage, price),
  };
  return isUsual(usage, price) ? applied : { ...applied, ...rarePrices(usage, price, units) };
}

/** Most calls use nothing but text: this runs for each of them. */
function isUsual(usage: Usage, price: Price): boolean {
  return !hasMedia(usage) && usage.toolRequests === undefined && !price.isWebSearchPerCall;
}

function rarePrices(usage: Usage, price: Price, units: UnitPrices): Partial<AppliedPrice> {
  return {
    ...(hasMedia(usage) && mediaPrices(units, price)),
    ...(usage.toolRequests && toolPrices(price)),
    ...(price.isWebSearchPerCall && usage.webSearchRequests > 0 && { isWebSearchPerCall: true }),
  };
}

/** Also makes an old row's cost again from its tokens and its stored price. */
export function costAt(usage: Usage, applied: AppliedPrice): number {
  const tokens =
    inputCost(usage, applied) +
    outputCost(usage, applied) +
    cacheReadCost(usage, applied) +
    count(usage.cacheWrite5mTokens) * (applied.cacheWrite5m ?? 0) +
    count(usage.cacheWrite1hTokens) * (applied.cacheWrite1h ?? 0);
  const searches = requests(usage.webSearchRequests);
  const flat =
    (applied.isWebSearchPerCall ? Math.min(searches, 1) : searches) * (applied.webSearch ?? 0) +
    requests(usage.images) * (applied.image ?? 0) +
    (usage.toolRequests === undefined ? 0 : toolCost(usage, applied));
  return Math.min(multiply(tokens, applied) + flat, Number.MAX_SAFE_INTEGER);
}

/** The real prompt: what was read from and written to the cache is part of it. */
export function promptTokens(usage: Usage): number {
  return (
    count(usage.inputTokens) +
    count(usage.cacheReadTokens) +
    count(usage.cacheWrite5mTokens) +
    count(usage.cacheWrite1hTokens)
  );
}

function isPriced(usage: Usage, price: Price, units: UnitPrices): boolean {
  return (
    has(usage.cacheReadTokens, units.cacheRead) &&
    has(usage.cacheWrite5mTokens, units.cacheWrite5m) &&
    has(usage.cacheWrite1hTokens, units.cacheWrite1h) &&
    has(usage.webSearchRequests, price.webSearch) &&
    isMediaPriced(usage, price, units) &&
    (usage.toolRequests === undefined || toolsOf(usage).every(([kind, runs]) => has(runs, price.toolRequests[kind])))
  );
}

/** Pictures are paid by their tokens where there are any, else by the piece. */
function isMediaPriced(usage: Usage, price: Price, units: UnitPrices): boolean {
  if (!hasMedia(usage)) return true;
  return (
    (units.audioInput !== null || has(usage.audioInputTokens, undefined)) &&
    (units.imageInput !== null || has(usage.imageInputTokens, undefined)) &&
    (units.audioCacheRead !== null || has(usage.audioCacheReadTokens, undefined)) &&
    has(usage.audioOutputTokens, units.audioOutput) &&
    has(usage.imageOutputTokens, units.imageOutput) &&
    (count(usage.outputTokens) > 0 || has(usage.images, price.image))
  );
}

function has(amount: number | undefined, price: number | undefined): boolean {
  return price !== undefined || count(amount) === 0;
}

function hasMedia(usage: Usage): boolean {
  return (
    usage.audioInputTokens !== undefined ||
    usage.imageInputTokens !== undefined ||
    usage.audioCacheReadTokens !== undefined ||
    usage.audioOutputTokens !== undefined ||
    usage.imageOutputTokens !== undefined ||
    usage.images !== undefined
  );
}

function mediaPrices(units: UnitPrices, { image }: Price): Partial<AppliedPrice> {
  const { audioInput, imageInput, audioCacheRead, audioOutput, imageOutput } = units;
  return {
    ...{ audioInput: audioInput ?? undefined, imageInput: imageInput ?? undefined },
    ...{ audioCacheRead: audioCacheRead ?? undefined, audioOutput, imageOutput, image },
  };
}

function toolPrices({ toolRequests }: Price): ToolPrices {
  return Object.fromEntries(Object.entries(toolRequests).map(([kind, price]) => [`tool:${kind}`, price]));
}

function toolsOf({ toolRequests }: Usage): [ToolKind, number][] {
  return toolRequests === undefined ? [] : toolKinds.map((kind) => [kind, toolRequests[kind] ?? 0]);
}

function toolCost(usage: Usage, applied: AppliedPrice): number {
  return toolsOf(usage).reduce((sum, [kind, runs]) => sum + requests(runs) * (applied[`tool:${kind}`] ?? 0), 0);
}

function inputCost(usage: Usage, { input, audioInput, imageInput }: AppliedPrice): number {
  const audio = part(usage.audioInputTokens, count(usage.inputTokens));
  const image = part(usage.imageInputTokens, count(usage.inputTokens) - audio);
  const text = count(usage.inputTokens) - audio - image;
  return text * input + audio * (audioInput ?? input) + image * (imageInput ?? input);
}

function outputCost(usage: Usage, { output, audioOutput, imageOutput }: AppliedPrice): number {
  const audio = part(usage.audioOutputTokens, count(usage.outputTokens));
  const image = part(usage.imageOutputTokens, count(usage.outputTokens) - audio);
  const text = count(usage.outputTokens) - audio - image;
  return text * output + audio * (audioOutput ?? output) + image * (imageOutput ?? output);
}

function cacheReadCost(usage: Usage, { cacheRead = 0, audioCacheRead }: AppliedPrice): number {
  const audio = part(usage.audioCacheReadTokens, count(usage.cacheReadTokens));
  return (count(usage.cacheReadTokens) - audio) * cacheRead + audio * (audioCacheRead ?? cacheRead);
}

function speedPercent(usage: Usage, price: Price): number | undefined {
  if (usage.speed === undefined || usage.speed === 'standard') return 100;
  return usage.speed === 'fast' ? price.fastPercent : undefined;
}

function tierPercent(usage: Usage, price: Price): number | undefined {
  return usage.serviceTier === undefined ? 100 : price.serviceTierPercent.get(usage.serviceTier);
}

function geographyPercent(usage: Usage, price: Price): number {
  return usage.inferenceGeo === 'us' ? (price.usOnlyPercent ?? 100) : 100;
}

/** What is billed for a cost, in whole nano-dollars. A multiplier is exact to the millionth. */
export function billedOf(costNanoUsd: number, multiplier: number): number {
  return share(costNanoUsd, Math.round(multiplier * 1_000_000));
}

function multiply(nanoUsd: number, { speedPercent, tierPercent, geographyPercent }: AppliedPrice): number {
  return share(nanoUsd, speedPercent * tierPercent * geographyPercent);
}

/** Rounds half up, once. Integers beyond 2^53 appear only on the way, so they are BigInt there. */
function share(nanoUsd: number, millionths: number): number {
  if (millionths === 1_000_000) return nanoUsd;
  const halves = (2n * BigInt(nanoUsd) * BigInt(millionths)) / 1_000_000n;
  return Math.min(Number((halves + 1n) / 2n), Number.MAX_SAFE_INTEGER);
}

function count(value: number | undefined): number {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? Math.min(value, maxTokens) : 0;
}

function requests(value: number | undefined): number {
  return Math.min(count(value), maxRequests);
}

/** Never more than the total that it is a part of. */
function part(value: number | undefined, total: number): number {
  return Math.min(count(value), total);
}
