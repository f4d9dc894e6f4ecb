import * as z from 'zod';
import type { Usage } from '../domain/usage.ts';
import type { Row } from '../store/schema.ts';

const basis = z.enum(['reported', 'estimated', 'none']);
/** A newer version may have known more kinds. */
const toolRequests = z.record(z.string(), z.number());
const anomalies = z.array(z.enum(['part-exceeds-total', 'reports-differ']).catch('reports-differ'));

/** What a stored call used. */
export function usageOfRow(row: Row<'usage'>): Usage {
  return {
    basis: basis.parse(row.basis),
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cacheReadTokens: row.cache_read_tokens,
    cacheWrite5mTokens: row.cache_write_5m_tokens,
    cacheWrite1hTokens: row.cache_write_1h_tokens,
    thinkingTokens: row.thinking_tokens,
    webSearchRequests: row.web_search_requests,
    audioInputTokens: row.audio_input_tokens ?? undefined,
    audioCacheReadTokens: row.audio_cache_read_tokens ?? undefined,
    audioOutputTokens: row.audio_output_tokens ?? undefined,
    imageInputTokens: row.image_input_tokens ?? undefined,
    imageOutputTokens: row.image_output_tokens ?? undefined,
    images: row.images ?? undefined,
    toolRequests: row.tool_requests === null ? undefined : toolRequests.parse(JSON.parse(row.tool_requests)),
    serviceTier: row.service_tier ?? undefined,
    speed: row.speed ?? undefined,
    inferenceGeo: row.inference_geo ?? undefined,
    servedModel: row.served_model ?? undefined,
    anomalies: row.anomalies === null ? undefined : anomalies.parse(JSON.parse(row.anomalies)),
  };
}
