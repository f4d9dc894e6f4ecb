import type { Protocol } from '../protocol.ts';
import { BodyMeter } from './body-meter.ts';
import { codec } from './codec.ts';
import { encodeError, encodeStreamError } from './errors.ts';
import { readFacts } from './facts.ts';
import { StreamMeter } from './stream-meter.ts';
import { wrapperOf } from './wrapper.ts';

/** Google's Gemini API: generating, counting tokens and embeddings; and the same in Code Assist's wrapper. */
export const gemini: Protocol = {
  id: 'gemini',
  readFacts,
  createMeter: ({ isStream, requestBytes, headers }) =>
    isStream ? new StreamMeter(requestBytes, headers) : new BodyMeter(requestBytes, headers),
  encodeError,
  encodeStreamError,
  // Without `alt=sse` a stream is one JSON array that grows.
  streamType: (path) => (/[?&]alt=sse(?:&|$)/.test(path) ? 'text/event-stream' : 'application/json'),
  wrapperOf,
  codec,
};
