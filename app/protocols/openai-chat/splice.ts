import type { RequestFacts, Span } from '../../domain/facts.ts';
import { parseSpan, scanObject } from '../json-scan.ts';
import { insertFirst, replaceSpan } from '../json-splice.ts';

/** A body of which a few bytes were changed, or none. */
export interface AskedBody {
  readonly body: Uint8Array;
  /** True when the client did not ask for usage itself: its stream then goes through a `UsageChunkFilter`. */
  readonly isAdded: boolean;
}

const openBrace = 0x7b;

/**
 * Makes a request for a stream ask for its usage, which is not reported otherwise. Every other
 * byte stays as it came. What is wrong already is left for the upstream to refuse.
 */
export function withUsageAsked(body: Uint8Array): AskedBody {
  const options = scanObject(body).get('stream_options');
  if (options === undefined) return added(insertFirst(body, 0, '"stream_options":{"include_usage":true}'));
  if (parseSpan(body, options) === null) return added(replaceSpan(body, options, '{"include_usage":true}'));
  return body[options.start] === openBrace ? withIncludeUsage(body, options) : { body, isAdded: false };
}

/** The body with `model` as its model, whether or not it named one; every other byte stays as it came. */
export function withModel(body: Uint8Array, facts: RequestFacts, model: string): Uint8Array {
  const literal = JSON.stringify(model);
  return facts.modelSpan ? replaceSpan(body, facts.modelSpan, literal) : insertFirst(body, 0, `"model":${literal}`);
}

function withIncludeUsage(body: Uint8Array, options: Span): AskedBody {
  const inner = body.subarray(options.start, options.end);
  const asked = scanObject(inner).get('include_usage');
  if (asked === undefined) return added(insertFirst(body, options.start, '"include_usage":true'));
  const value = parseSpan(inner, asked);
  if (value !== false && value !== null) return { body, isAdded: false };
  return added(replaceSpan(body, { start: options.start + asked.start, end: options.start + asked.end }, 'true'));
}

function added(body: Uint8Array): AskedBody {
  return { body, isAdded: true };
}
