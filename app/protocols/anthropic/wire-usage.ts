import { noUsage, type Usage } from '../../domain/usage.ts';
import type { Fields } from './extras.ts';

/** Usage as clients know it. The 5 m and 1 h split is in every report here, because other protocols report only once. */
export function encodeUsage(usage: Usage = noUsage): Fields {
  const { cacheWrite5mTokens, cacheWrite1hTokens, webSearchRequests, serviceTier, speed, inferenceGeo } = usage;
  const webFetches = usage.toolRequests?.['web-fetch'] ?? 0;
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: cacheWrite5mTokens + cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite5mTokens, ephemeral_1h_input_tokens: cacheWrite1hTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { thinking_tokens: usage.thinkingTokens },
    server_tool_use:
      webSearchRequests + webFetches > 0
        ? { web_search_requests: webSearchRequests, web_fetch_requests: webFetches }
        : null,
    ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
    ...(speed === undefined ? {} : { speed }),
    ...(inferenceGeo === undefined ? {} : { inference_geo: inferenceGeo }),
  };
}
