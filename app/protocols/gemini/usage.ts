import type { Headers } from '../../domain/headers.ts';
import { noUsage, type Usage, type UsageBasis } from '../../domain/usage.ts';
import { member, textMember } from '../json-value.ts';
import { type Counted, countIn, floorOf, without } from '../metering.ts';
import { searchesOf } from './grounding.ts';

/** The upstream's own numbers, as far as they have arrived. */
export interface Reported {
  readonly prompt?: number | undefined;
  readonly cached?: number | undefined;
  readonly candidates?: number | undefined;
  readonly thoughts?: number | undefined;
  readonly toolUse?: number | undefined;
  readonly audioPrompt?: number | undefined;
  readonly audioCached?: number | undefined;
  readonly audioOutput?: number | undefined;
  readonly imagePrompt?: number | undefined;
  readonly imageOutput?: number | undefined;
  readonly webSearches?: number | undefined;
  readonly mapSearches?: number | undefined;
  readonly serviceTier?: string | undefined;
}

/** `before` overwritten by what a chunk or a whole answer says: its numbers are totals, and an absent one says nothing. */
export function mergeReported(before: Reported, answer: unknown): Reported {
  const metadata = member(answer, 'usageMetadata');
  const [prompt, cached, output] = [
    member(metadata, 'promptTokensDetails'),
    member(metadata, 'cacheTokensDetails'),
    member(metadata, 'candidatesTokensDetails'),
  ];
  const searches = searchesOf(answer);
  return {
    prompt: countIn(metadata, 'promptTokenCount') ?? before.prompt,
    cached: countIn(metadata, 'cachedContentTokenCount') ?? before.cached,
    candidates: countIn(metadata, 'candidatesTokenCount') ?? before.candidates,
    thoughts: countIn(metadata, 'thoughtsTokenCount') ?? before.thoughts,
    toolUse: countIn(metadata, 'toolUsePromptTokenCount') ?? before.toolUse,
    audioPrompt: ofModality(prompt, 'AUDIO') ?? before.audioPrompt,
    audioCached: ofModality(cached, 'AUDIO') ?? before.audioCached,
    audioOutput: ofModality(output, 'AUDIO') ?? before.audioOutput,
    imagePrompt: ofModality(prompt, 'IMAGE') ?? before.imagePrompt,
    imageOutput: ofModality(output, 'IMAGE') ?? before.imageOutput,
    webSearches: searches.web ?? before.webSearches,
    mapSearches: searches.maps ?? before.mapSearches,
    serviceTier: readTier(metadata) ?? before.serviceTier,
  };
}

export function hasNumbers({ prompt, candidates, thoughts }: Reported): boolean {
  return prompt !== undefined || candidates !== undefined || thoughts !== undefined;
}

/**
 * The prompt includes what came from the cache; thoughts are billed as output but stand outside the candidates; results
 * of tools that Google ran are billed as input but stand outside the prompt.
 */
export function toUsage(reported: Reported, basis: UsageBasis): Usage {
  const { prompt = 0, cached = 0, candidates = 0, thoughts = 0, toolUse = 0 } = reported;
  const { audioPrompt = 0, audioCached, audioOutput, imagePrompt, imageOutput } = reported;
  const { rest, anomalies } = without(prompt, cached);
  return {
    ...noUsage,
    basis,
    inputTokens: rest + toolUse,
    outputTokens: candidates + thoughts,
    cacheReadTokens: cached,
    thinkingTokens: thoughts,
    webSearchRequests: reported.webSearches ?? 0,
    audioInputTokens: without(audioPrompt, audioCached ?? 0).rest || undefined,
    audioCacheReadTokens: audioCached,
    audioOutputTokens: audioOutput,
    imageInputTokens: imagePrompt,
    imageOutputTokens: imageOutput,
    toolRequests: reported.mapSearches === undefined ? undefined : { 'maps-search': reported.mapSearches },
    serviceTier: reported.serviceTier,
    anomalies,
  };
}

/** The least that was consumed by an answer without its natural end. */
export function floorUsage(reported: Reported, counted: Counted): Usage {
  return floorOf(toUsage(reported, 'estimated'), reported.prompt !== undefined, counted);
}

/** The way back: classes that Gemini has no word for count as prompt. */
export function toMetadata(usage: Usage): Record<string, number> {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, thinkingTokens } = usage;
  const promptTokenCount = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  return {
    promptTokenCount,
    candidatesTokenCount: Math.max(0, outputTokens - thinkingTokens),
    totalTokenCount: promptTokenCount + outputTokens,
    ...(cacheReadTokens > 0 && { cachedContentTokenCount: cacheReadTokens }),
    ...(thinkingTokens > 0 && { thoughtsTokenCount: thinkingTokens }),
  };
}

/** The tokens of one kind; undefined when there are none, which most answers say by leaving the kind out. */
function ofModality(details: unknown, modality: string): number | undefined {
  if (!Array.isArray(details)) return undefined;
  const counts = details
    .filter((detail) => textMember(detail, 'modality') === modality)
    .map((detail) => countIn(detail, 'tokenCount') ?? 0);
  return counts.reduce((sum, count) => sum + count, 0) || undefined;
}

/** Two words for the same: `serviceTier` of the Gemini API and `trafficType` of Google Cloud. */
function readTier(metadata: unknown): string | undefined {
  const tier = textMember(metadata, 'serviceTier') ?? textMember(metadata, 'trafficType');
  return tier === undefined ? undefined : tierName(tier);
}

/** What the headers say: Google serves a call that wanted priority as a usual one when too many do. */
export function tierOf(headers: Headers | undefined): string | undefined {
  const tier = headers?.['x-gemini-service-tier'];
  return tier === undefined ? undefined : tierName(tier);
}

function tierName(tier: string): string {
  return tiers.get(tier.toUpperCase()) ?? tier.toLowerCase();
}

const tiers: ReadonlyMap<string, string> = new Map([
  ['SERVICE_TIER_STANDARD', 'standard'],
  ['SERVICE_TIER_FLEX', 'flex'],
  ['SERVICE_TIER_PRIORITY', 'priority'],
  ['ON_DEMAND', 'standard'],
  ['ON_DEMAND_FLEX', 'flex'],
  ['ON_DEMAND_PRIORITY', 'priority'],
]);
