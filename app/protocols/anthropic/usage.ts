import type { ToolKind, Usage, UsageBasis } from '../../domain/usage.ts';
import { member, textMember } from '../json-value.ts';
import { type Counted, countIn, floorOf } from '../metering.ts';

/** The upstream's own numbers, as far as they have arrived; absent means that it has not said. */
export interface Reported {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly cacheWrite5m?: number | undefined;
  readonly cacheWrite1h?: number | undefined;
  readonly thinking?: number | undefined;
  readonly webSearches?: number | undefined;
  readonly webFetches?: number | undefined;
  readonly codeExecutions?: number | undefined;
  readonly serviceTier?: string | undefined;
  readonly speed?: string | undefined;
  readonly inferenceGeo?: string | undefined;
  /** Compactions on the upstream's side: billed, but not part of the numbers above. */
  readonly compactions?: readonly Reported[] | undefined;
}

/** `before` overwritten by what `usage` says: its numbers are totals, and null means that it says nothing. */
export function mergeReported(before: Reported, usage: unknown): Reported {
  const split = member(usage, 'cache_creation');
  const tools = member(usage, 'server_tool_use');
  const iterations = member(usage, 'iterations');
  return {
    input: countIn(usage, 'input_tokens') ?? before.input,
    output: countIn(usage, 'output_tokens') ?? before.output,
    cacheRead: countIn(usage, 'cache_read_input_tokens') ?? before.cacheRead,
    cacheWrite: countIn(usage, 'cache_creation_input_tokens') ?? before.cacheWrite,
    cacheWrite5m: countIn(split, 'ephemeral_5m_input_tokens') ?? before.cacheWrite5m,
    cacheWrite1h: countIn(split, 'ephemeral_1h_input_tokens') ?? before.cacheWrite1h,
    thinking: countIn(member(usage, 'output_tokens_details'), 'thinking_tokens') ?? before.thinking,
    webSearches: countIn(tools, 'web_search_requests') ?? before.webSearches,
    webFetches: countIn(tools, 'web_fetch_requests') ?? before.webFetches,
    codeExecutions: countIn(tools, 'code_execution_requests') ?? before.codeExecutions,
    serviceTier: textMember(usage, 'service_tier') ?? before.serviceTier,
    speed: textMember(usage, 'speed') ?? before.speed,
    inferenceGeo: textMember(usage, 'inference_geo') ?? before.inferenceGeo,
    compactions: Array.isArray(iterations) ? readCompactions(iterations) : before.compactions,
  };
}

export function hasNumbers(reported: Reported): boolean {
  return reported.input !== undefined || reported.output !== undefined;
}

export function toUsage(reported: Reported, basis: UsageBasis): Usage {
  return addCompactions(ownUsage(reported, basis), reported);
}

/** The least that was consumed by an answer without its natural end. */
export function floorUsage(reported: Reported, counted: Counted): Usage {
  const own = floorOf(ownUsage(reported, 'estimated'), reported.input !== undefined, counted);
  return addCompactions(own, reported);
}

function ownUsage(reported: Reported, basis: UsageBasis): Usage {
  return {
    basis,
    inputTokens: reported.input ?? 0,
    outputTokens: reported.output ?? 0,
    cacheReadTokens: reported.cacheRead ?? 0,
    ...splitCacheWrites(reported),
    thinkingTokens: reported.thinking ?? 0,
    webSearchRequests: reported.webSearches ?? 0,
    toolRequests: toolRequests(reported),
    serviceTier: reported.serviceTier,
    speed: reported.speed,
    inferenceGeo: reported.inferenceGeo,
  };
}

function toolRequests({ webFetches = 0, codeExecutions = 0 }: Reported): Usage['toolRequests'] {
  if (webFetches + codeExecutions === 0) return undefined;
  const requests: Partial<Record<ToolKind, number>> = {};
  if (webFetches > 0) requests['web-fetch'] = webFetches;
  if (codeExecutions > 0) requests['code-execution'] = codeExecutions;
  return requests;
}

function readCompactions(iterations: readonly unknown[]): Reported[] {
  return iterations
    .filter((iteration) => textMember(iteration, 'type') === 'compaction')
    .map((iteration) => mergeReported({}, iteration));
}

/** Only the start of a stream tells 5 minutes from 1 hour: when the total grows later, the split grows in proportion. */
function splitCacheWrites(reported: Reported): Pick<Usage, 'cacheWrite5mTokens' | 'cacheWrite1hTokens'> {
  const split5m = reported.cacheWrite5m ?? 0;
  const split1h = reported.cacheWrite1h ?? 0;
  const splitTotal = split5m + split1h;
  const total = reported.cacheWrite ?? splitTotal;
  const cacheWrite1hTokens = splitTotal === 0 ? 0 : Math.round(total * (split1h / splitTotal));
  return { cacheWrite5mTokens: total - cacheWrite1hTokens, cacheWrite1hTokens };
}

function addCompactions(own: Usage, { compactions = [] }: Reported): Usage {
  return compactions.map((compaction) => toUsage(compaction, own.basis)).reduce(addTokens, own);
}

function addTokens(sum: Usage, more: Usage): Usage {
  return {
    ...sum,
    inputTokens: sum.inputTokens + more.inputTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    cacheReadTokens: sum.cacheReadTokens + more.cacheReadTokens,
    cacheWrite5mTokens: sum.cacheWrite5mTokens + more.cacheWrite5mTokens,
    cacheWrite1hTokens: sum.cacheWrite1hTokens + more.cacheWrite1hTokens,
    thinkingTokens: sum.thinkingTokens + more.thinkingTokens,
  };
}
