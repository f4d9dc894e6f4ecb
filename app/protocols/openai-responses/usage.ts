import type { Json } from '../../domain/json.ts';
import { noUsage, type ToolKind, type Usage } from '../../domain/usage.ts';
import { member, textMember } from '../json-value.ts';
import { type Counted, countIn, floorOf, without } from '../metering.ts';

/** Tools that OpenAI runs, by the item of the answer that tells of one run. */
export const toolItems: ReadonlyMap<string, ToolKind | 'web-search'> = new Map([
  ['web_search_call', 'web-search'],
  ['file_search_call', 'file-search'],
  ['code_interpreter_call', 'code-execution'],
  ['image_generation_call', 'image-generation'],
]);

export type ToolCounts = ReadonlyMap<ToolKind | 'web-search', number>;

/**
 * The numbers of a `response` object; undefined when it has none. `input_tokens` holds both the tokens read from the
 * cache and those written to it; they are taken out. `seen` are the tool runs that the stream told of, for an answer
 * that ends without its items.
 */
export function readUsage(response: unknown, seen?: ToolCounts): Usage | undefined {
  const usage = member(response, 'usage');
  const input = countIn(usage, 'input_tokens');
  const output = countIn(usage, 'output_tokens');
  if (input === undefined && output === undefined) return undefined;
  const details = member(usage, 'input_tokens_details');
  const cacheReadTokens = countIn(details, 'cached_tokens') ?? 0;
  const cacheWrites = countIn(details, 'cache_write_tokens') ?? 0;
  const isKeptLong = textMember(member(response, 'prompt_cache_options'), 'ttl') === longRetention;
  const { rest, anomalies } = without(input ?? 0, cacheReadTokens, cacheWrites);
  return {
    basis: 'reported',
    inputTokens: rest,
    outputTokens: output ?? 0,
    cacheReadTokens,
    cacheWrite5mTokens: isKeptLong ? 0 : cacheWrites,
    cacheWrite1hTokens: isKeptLong ? cacheWrites : 0,
    thinkingTokens: countIn(member(usage, 'output_tokens_details'), 'reasoning_tokens') ?? 0,
    ...readTools(response, seen),
    serviceTier: textMember(response, 'service_tier'),
    anomalies,
  };
}

/** How long a cache write is kept for the higher price; everything else is the lower one. */
const longRetention = '12h';

/** The least that was consumed by an answer without its natural end. */
export function floorUsage(counted: Counted, seen?: ToolCounts): Usage {
  return { ...floorOf(noUsage, false, counted), ...toolUsage(seen ?? new Map()) };
}

/** Usage as an answer of this protocol carries it. */
export function encodeUsage(usage: Usage): Json {
  const cacheWrites = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const input = usage.inputTokens + usage.cacheReadTokens + cacheWrites;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: cacheWrites },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.thinkingTokens },
    total_tokens: input + usage.outputTokens,
  };
}

/** As the upstream counted its searches, else by the items of the answer. */
function readTools(response: unknown, seen: ToolCounts = new Map()): Pick<Usage, 'webSearchRequests' | 'toolRequests'> {
  const output = member(response, 'output');
  const counts = new Map(seen);
  for (const [kind, count] of countTools(Array.isArray(output) ? output : [])) {
    counts.set(kind, Math.max(count, seen.get(kind) ?? 0));
  }
  const searches = countIn(member(member(response, 'tool_usage'), 'web_search'), 'num_requests');
  if (searches !== undefined) counts.set('web-search', searches);
  return toolUsage(counts);
}

function countTools(items: readonly unknown[]): ToolCounts {
  const counts = new Map<ToolKind | 'web-search', number>();
  for (const item of items) {
    const kind = toolItems.get(textMember(item, 'type') ?? '');
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function toolUsage(counts: ToolCounts): Pick<Usage, 'webSearchRequests' | 'toolRequests'> {
  const others = [...counts].filter(([kind, count]) => kind !== 'web-search' && count > 0);
  return {
    webSearchRequests: counts.get('web-search') ?? 0,
    toolRequests: others.length === 0 ? undefined : Object.fromEntries(others),
  };
}
