import type { Usage } from '../domain/usage.ts';
import type { SqlValue } from '../store/store.ts';
import type { UsageTable } from '../store/usage-tables.ts';
import { priceCall } from './price-call.ts';
import type { PriceTable } from './prices.ts';
import type { CallRecord } from './record.ts';

export type UsageColumn = keyof UsageTable;
export type UsageRow = Readonly<UsageTable>;

/** Every column, so that a new one does not compile until it is written. */
const isColumn: Readonly<Record<UsageColumn, true>> = {
  request_id: true,
  started_at: true,
  duration_ms: true,
  first_byte_ms: true,
  key_id: true,
  member_id: true,
  account_id: true,
  protocol: true,
  route: true,
  model: true,
  upstream_model: true,
  status: true,
  http_status: true,
  error_kind: true,
  basis: true,
  input_tokens: true,
  output_tokens: true,
  cache_read_tokens: true,
  cache_write_5m_tokens: true,
  cache_write_1h_tokens: true,
  thinking_tokens: true,
  web_search_requests: true,
  audio_input_tokens: true,
  audio_cache_read_tokens: true,
  audio_output_tokens: true,
  image_input_tokens: true,
  image_output_tokens: true,
  images: true,
  tool_requests: true,
  service_tier: true,
  speed: true,
  inference_geo: true,
  served_model: true,
  anomalies: true,
  cost_nano_usd: true,
  billed_nano_usd: true,
  multiplier: true,
  price: true,
  attempts: true,
  explanation: true,
  session: true,
  user_agent: true,
  project: true,
};

export const usageColumns = Object.keys(isColumn).filter((name): name is UsageColumn => name in isColumn);

/** The row of a settled call, with its cost and the price it was made with. */
export function toRow(call: CallRecord, prices: PriceTable): UsageRow {
  const { usage } = call;
  return {
    request_id: call.requestId,
    started_at: whole(call.startedAt),
    duration_ms: whole(call.durationMs),
    first_byte_ms: optionalWhole(call.firstByteMs),
    key_id: text(call.keyId),
    member_id: call.memberId ?? null,
    account_id: call.accountId ?? null,
    protocol: call.protocol,
    route: text(call.route),
    model: text(call.model),
    upstream_model: optionalText(call.upstreamModel),
    status: call.status,
    http_status: optionalWhole(call.httpStatus),
    error_kind: call.errorKind ?? null,
    basis: usage.basis,
    input_tokens: whole(usage.inputTokens),
    output_tokens: whole(usage.outputTokens),
    cache_read_tokens: whole(usage.cacheReadTokens),
    cache_write_5m_tokens: whole(usage.cacheWrite5mTokens),
    cache_write_1h_tokens: whole(usage.cacheWrite1hTokens),
    thinking_tokens: whole(usage.thinkingTokens),
    web_search_requests: whole(usage.webSearchRequests),
    ...otherClasses(usage),
    served_model: optionalText(servedModel(call)),
    ...priceCall({ usage, model: call.upstreamModel ?? call.model, multiplier: call.multiplier }, prices),
    multiplier: call.multiplier ?? null,
    attempts: JSON.stringify(call.attempts),
    explanation: JSON.stringify(call.explanation),
    session: optionalText(call.session),
    user_agent: optionalText(call.userAgent),
    project: optionalText(call.project),
  };
}

/** In the order of `usageColumns`. */
export function toValues(row: UsageRow): SqlValue[] {
  return usageColumns.map((column) => row[column]);
}

/** What few calls have; null is nothing. */
function otherClasses(usage: Usage) {
  return {
    audio_input_tokens: optionalWhole(usage.audioInputTokens),
    audio_cache_read_tokens: optionalWhole(usage.audioCacheReadTokens),
    audio_output_tokens: optionalWhole(usage.audioOutputTokens),
    image_input_tokens: optionalWhole(usage.imageInputTokens),
    image_output_tokens: optionalWhole(usage.imageOutputTokens),
    images: optionalWhole(usage.images),
    tool_requests: usage.toolRequests === undefined ? null : JSON.stringify(usage.toolRequests),
    service_tier: optionalText(usage.serviceTier),
    speed: optionalText(usage.speed),
    inference_geo: optionalText(usage.inferenceGeo),
    anomalies: usage.anomalies === undefined ? null : JSON.stringify(usage.anomalies),
  };
}

function servedModel({ usage, model, upstreamModel = model }: CallRecord): string | undefined {
  return usage.servedModel === upstreamModel ? undefined : usage.servedModel;
}

/** Columns are integers in both engines; durations come with fractions, broken upstreams with anything. */
function whole(value: number): number {
  const rounded = Math.round(value);
  return Number.isSafeInteger(rounded) && rounded > 0 ? rounded : 0;
}

function optionalWhole(value: number | undefined): number | null {
  return value === undefined ? null : whole(value);
}

const maxText = 500;

/** Clients choose these: kept short, and without the NUL that PostgreSQL refuses. */
function text(value: string): string {
  const short = value.length > maxText ? value.slice(0, maxText) : value;
  return short.includes('\0') ? short.replaceAll('\0', '') : short;
}

function optionalText(value: string | undefined): string | null {
  return value === undefined ? null : text(value);
}
