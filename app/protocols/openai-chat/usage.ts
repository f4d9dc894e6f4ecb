import { noUsage, type Usage, type UsageBasis } from '../../domain/usage.ts';
import { member } from '../json-value.ts';
import { type Counted, countIn, floorOf, without } from '../metering.ts';

/** The upstream's own numbers; absent means that it has not said. `input` includes all that a cache had to do with. */
export interface Reported {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  readonly cached?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly thinking?: number | undefined;
  readonly audioInput?: number | undefined;
  readonly audioCached?: number | undefined;
  readonly audioOutput?: number | undefined;
  readonly imageInput?: number | undefined;
  readonly imageOutput?: number | undefined;
}

/**
 * Reads the `usage` of chat and completions, of embeddings (no output) and of images (`input_tokens`). Later numbers
 * replace earlier ones. DeepSeek and Moonshot say elsewhere how much came from the cache.
 */
export function mergeReported(before: Reported, usage: unknown): Reported {
  const input = member(usage, 'prompt_tokens_details') ?? member(usage, 'input_tokens_details');
  const output = member(usage, 'completion_tokens_details') ?? member(usage, 'output_tokens_details');
  return {
    input: countIn(usage, 'prompt_tokens') ?? countIn(usage, 'input_tokens') ?? before.input,
    output: countIn(usage, 'completion_tokens') ?? countIn(usage, 'output_tokens') ?? before.output,
    cached:
      countIn(input, 'cached_tokens') ??
      countIn(usage, 'prompt_cache_hit_tokens') ??
      countIn(usage, 'cached_tokens') ??
      before.cached,
    cacheWrite: countIn(input, 'cache_write_tokens') ?? before.cacheWrite,
    thinking: countIn(output, 'reasoning_tokens') ?? before.thinking,
    audioInput: countIn(input, 'audio_tokens') ?? before.audioInput,
    audioCached: countIn(member(input, 'cached_tokens_details'), 'audio_tokens') ?? before.audioCached,
    audioOutput: countIn(output, 'audio_tokens') ?? before.audioOutput,
    imageInput: countIn(input, 'image_tokens') ?? before.imageInput,
    imageOutput: countIn(output, 'image_tokens') ?? before.imageOutput,
  };
}

export function hasNumbers(reported: Reported): boolean {
  return reported.input !== undefined || reported.output !== undefined;
}

export function toUsage(reported: Reported, basis: UsageBasis): Usage {
  const { input = 0, output = 0, cached = 0, cacheWrite = 0, thinking = 0 } = reported;
  const { audioInput = 0, audioCached = 0, audioOutput, imageInput, imageOutput } = reported;
  const { rest, anomalies } = without(input, cached, cacheWrite);
  return {
    ...noUsage,
    basis,
    inputTokens: rest,
    outputTokens: output,
    cacheReadTokens: cached,
    cacheWrite5mTokens: cacheWrite,
    thinkingTokens: Math.min(thinking, output),
    audioInputTokens: some(without(audioInput, audioCached).rest),
    audioCacheReadTokens: some(audioCached),
    audioOutputTokens: some(audioOutput),
    imageInputTokens: some(imageInput),
    imageOutputTokens: some(imageOutput),
    anomalies,
  };
}

/** Usage of made pictures, whose output is all pictures unless it says otherwise. Some are charged by the piece. */
export function toImageUsage(reported: Reported, images: number): Usage {
  const usage = toUsage(reported, 'reported');
  return { ...usage, imageOutputTokens: reported.imageOutput ?? some(reported.output), images: some(images) };
}

/** The least that was consumed by an answer without its natural end or without numbers. */
export function floorUsage(reported: Reported, counted: Counted): Usage {
  return floorOf(toUsage(reported, 'estimated'), reported.input !== undefined, counted);
}

/** Most calls have none of it: then nothing is said. */
function some(count: number | undefined): number | undefined {
  return count === 0 ? undefined : count;
}
