import type { ProtocolId } from '../domain/conversation.ts';
import type { RelayError } from '../domain/errors.ts';
import type { RequestFacts } from '../domain/facts.ts';
import type { Headers } from '../domain/headers.ts';
import type { Usage } from '../domain/usage.ts';
import type { Codec } from './codec.ts';

/**
 * What a client can ask for. `messages`, `chat`, `responses` and `generate` are conversations and may cross protocols, and
 * so is `assist-generate`, which is `generate` in a wrapper; the others go only to providers that serve them themselves.
 */
export type RouteId =
  | 'messages'
  | 'count-tokens'
  | 'chat'
  | 'completions'
  | 'embeddings'
  | 'images'
  | 'responses'
  | 'responses-compact'
  | 'responses-item'
  | 'message-batches'
  | 'files'
  | 'openai-batches'
  | 'openai-files'
  | 'conversations'
  | 'generate'
  | 'gemini-count'
  | 'gemini-embed'
  | 'assist-generate'
  | 'assist-count'
  | 'assist-control';

/** A wire error that Waystation itself answers. */
export interface WireError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
}

/** How far an answer has got. `content` is the commit point; `ended` needs the protocol's natural end. */
export type MeterPhase = 'handshake' | 'content' | 'ended' | 'error';

/** An error event that came inside a 200 stream. */
export interface StreamFailure {
  /** The protocol's own error type, such as `overloaded_error`. */
  readonly type: string;
  readonly message: string;
}

/** Watches a copy of an answer's (decoded) bytes and reports usage; never changes them and never throws. */
export interface UsageMeter {
  /** Call with each chunk in order, cut anywhere. */
  push(chunk: Uint8Array): void;
  readonly phase: MeterPhase;
  /** True in a protocol without a closing event: bytes that belong to the answer may follow `ended`, up to their end. */
  readonly mayContinue?: boolean | undefined;
  /** Set when `phase` is `error`. */
  readonly failure: StreamFailure | undefined;
  /** What the answer leaves at the upstream, where a later request may name it: responses, files, containers. */
  readonly stateIds?: readonly string[] | undefined;
  /** What each result of a batch consumed, in an answer that holds them. Ask at the end. */
  readonly batchResults?: readonly BatchResult[] | undefined;
  /** What is known so far. Before the natural end this is a floor, with basis `estimated`. */
  usage(): Usage;
}

export interface BatchResult {
  /** What its maker calls the request. */
  readonly customId: string;
  readonly model: string;
  readonly usage: Usage;
}

export interface MeterOptions {
  readonly isStream: boolean;
  /** What was asked for, where not every path has the same kind of answer. */
  readonly path?: string | undefined;
  /** For the floor estimate when the answer is cut before the upstream reported its input. */
  readonly requestBytes: number;
  /** Of the answer: some upstreams say there what is charged. */
  readonly headers?: Headers | undefined;
}

/** Changes bytes on their way, cut anywhere. One for each stream. */
export interface ByteFilter {
  push(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/** A route's wrapper around the requests and answers of another one. */
export interface RouteWrapper {
  /** The request inside, as that other route takes it. Throws `request-invalid`. */
  open(body: Uint8Array, path: string): { readonly body: Uint8Array; readonly path: string };
  /** Puts the wrapper around an answer, streamed or whole; undefined where answers have none. */
  wrap(requestId: string): ByteFilter | undefined;
}

/** A wire protocol as pure functions: no sockets, clocks, accounts or logging. */
export interface Protocol {
  readonly id: ProtocolId;
  /**
   * Checks that `body` is JSON and reads the routing facts from its bytes; `path` is the client's own, for protocols that
   * name the model or the verb there. Throws `request-invalid`.
   */
  readFacts(body: Uint8Array, path: string, method?: string): RequestFacts;
  createMeter(options: MeterOptions): UsageMeter;
  encodeError(error: RelayError, requestId: string): WireError;
  /** What is sent in a stream that already began when the upstream breaks: the protocol's own error event. */
  encodeStreamError(error: RelayError, requestId: string): string;
  /** The content type of a stream asked for at this path, where it is not always server-sent events. */
  streamType?(path: string): string;
  /** What a stream of this protocol must be asked for so that its usage is known, and how to hide that from the client. */
  adjustStreamRequest?(
    body: Uint8Array,
    route: RouteId,
  ): { readonly body: Uint8Array; readonly filter?: ByteFilter } | undefined;
  /** For routes that are another route of this protocol in a wrapper. */
  wrapperOf?(route: RouteId): RouteWrapper | undefined;
  /** An answer about stored things as a client of the relay needs it: addresses in it must not lead past the relay. */
  adjustStoredReply?(body: Buffer, path: string): Buffer;
  /** The way to and from other protocols. */
  readonly codec: Codec;
}
