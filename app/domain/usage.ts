/** Where token numbers come from: the upstream said so, we counted a floor, or nothing was consumed. */
export type UsageBasis = 'reported' | 'estimated' | 'none';

/** Tools that the upstream runs itself, beside web searches, which have a field of their own. */
export const toolKinds = ['web-fetch', 'file-search', 'code-execution', 'image-generation', 'maps-search'] as const;
export type ToolKind = (typeof toolKinds)[number];

/** What does not add up in an upstream's own numbers: a part is larger than its whole, or two reports of them differ. */
export type UsageAnomaly = 'part-exceeds-total' | 'reports-differ';

/** Token counts of one call, in the classes that have their own price. `outputTokens` includes thinking. */
export interface Usage {
  readonly basis: UsageBasis;
  /** Uncached input only. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  /** Also the writes of vendors that know one kind only: the shorter time. */
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  /** Part of `outputTokens`. */
  readonly thinkingTokens: number;
  /** Server tool calls that have a price of their own. */
  readonly webSearchRequests: number;
  /** Part of `inputTokens`. */
  readonly audioInputTokens?: number | undefined;
  /** Part of `inputTokens`. */
  readonly imageInputTokens?: number | undefined;
  /** Part of `cacheReadTokens`. */
  readonly audioCacheReadTokens?: number | undefined;
  /** Part of `outputTokens`. */
  readonly audioOutputTokens?: number | undefined;
  /** Part of `outputTokens`. */
  readonly imageOutputTokens?: number | undefined;
  /** Pictures that were made. */
  readonly images?: number | undefined;
  readonly toolRequests?: Readonly<Partial<Record<ToolKind, number>>> | undefined;
  /** As the upstream named it: standard, priority, batch. */
  readonly serviceTier?: string | undefined;
  /** As the upstream named it: standard, fast. */
  readonly speed?: string | undefined;
  readonly inferenceGeo?: string | undefined;
  /** The model that the answer names: a deployment or a profile has a name that no price table knows. */
  readonly servedModel?: string | undefined;
  readonly anomalies?: readonly UsageAnomaly[] | undefined;
}

export const noUsage: Usage = {
  basis: 'none',
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  thinkingTokens: 0,
  webSearchRequests: 0,
};
