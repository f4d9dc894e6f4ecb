/** A half-open byte range. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What the pipeline needs to know of a request body; everything else passes untouched. */
export interface RequestFacts {
  readonly model: string;
  /** The JSON string literal of the model in the body, quotes included; undefined where the path names it. */
  readonly modelSpan?: Span | undefined;
  readonly isStream: boolean;
  /** Whether extended thinking is on: a first byte may then take minutes. */
  readonly isThinking: boolean;
  /** The longest answer that is asked for, in tokens; undefined when the request leaves it open. */
  readonly maxOutputTokens?: number | undefined;
  /** A conversation's own name for itself, from the body (`metadata.user_id`), when it has one. */
  readonly bodySessionId?: string | undefined;
  /** State at the provider that the request builds on, by its id: only the account that made it can serve the request. */
  readonly serverState?: string | undefined;
  /** A stable digest of the system prompt and the first message; made only when asked for. */
  contentHash(): string;
}
