// What calls used and came to: two tables of the schema.

export interface UsageTable {
  request_id: string;
  started_at: number;
  duration_ms: number;
  first_byte_ms: number | null;
  key_id: string | null;
  /** Whose the key was then. */
  member_id: string | null;
  account_id: string | null;
  protocol: string;
  route: string;
  model: string;
  /** What the account sent upstream, when it maps the name. */
  upstream_model: string | null;
  status: string;
  /** HTTP status the client saw; null when it left before one. */
  http_status: number | null;
  error_kind: string | null;
  basis: string;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_5m_tokens: number;
  cache_write_1h_tokens: number;
  thinking_tokens: number;
  web_search_requests: number;
  /** Parts of the input, the cache reads and the output; null where there are none. */
  audio_input_tokens: number | null;
  audio_cache_read_tokens: number | null;
  audio_output_tokens: number | null;
  image_input_tokens: number | null;
  image_output_tokens: number | null;
  images: number | null;
  /** JSON object: runs by the kind of tool. */
  tool_requests: string | null;
  /** What the upstream said the call ran as; a price that is found later needs it. */
  service_tier: string | null;
  speed: string | null;
  inference_geo: string | null;
  /** The model that the answer named, when it is not the one that was asked for. */
  served_model: string | null;
  /** JSON array of `UsageAnomaly`. */
  anomalies: string | null;
  /** Null when the model has no known price: flagged, never guessed. */
  cost_nano_usd: number | null;
  /** What the key pays; null when it is the cost. */
  billed_nano_usd: number | null;
  /** Of its service and its key then, together; null when they made nothing of the cost. A later price needs it. */
  multiplier: number | null;
  /** JSON of the price that was used, with its table's version; null when unknown. */
  price: string | null;
  /** JSON array of `Attempt`. */
  attempts: string;
  /** JSON of `Explanation`. */
  explanation: string;
  session: string | null;
  user_agent: string | null;
  /** What the client calls the work it belongs to; null when it does not say. */
  project: string | null;
}

/** Sums of usage rows, kept by triggers; empty text stands for none. */
export interface UsageRollupsTable {
  /** Quarter hours since the epoch. */
  slot: number;
  key_id: string;
  member_id: string;
  account_id: string;
  model: string;
  project: string;
  calls: number;
  failed_calls: number;
  unpriced_calls: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_5m_tokens: number;
  cache_write_1h_tokens: number;
  thinking_tokens: number;
  web_search_requests: number;
  /** Of the calls whose price is known. */
  cost_nano_usd: number;
  billed_nano_usd: number;
}
