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
  /** What the request names at the upstream, by id: only the account that holds it can serve the request. */
  readonly serverState?: readonly string[] | undefined;
  /** Files that it seems to name: found by their field wherever it stands, so a tool's own argument may be among them. */
  readonly fileIds?: readonly string[] | undefined;
  /** It lives at one account for certain: asking any other could only fail. */
  readonly needsHolder?: boolean | undefined;
  /** False when the answer leaves nothing at the upstream that a later call could name. */
  readonly leavesState?: boolean | undefined;
  /** What is asked of the things that an upstream stores: to take a new one, about one by its id, what is in it, or a list. */
  readonly stored?: 'new' | 'item' | 'content' | 'list' | undefined;
  /** Models that it names beside `model`: each request of a batch has its own. */
  readonly otherModels?: readonly string[] | undefined;
  /** It uses models that are named where nobody on the way can see them. */
  readonly hidesModels?: boolean | undefined;
  /** A stable digest of the system prompt and the first message; made only when asked for. */
  contentHash(): string;
}
