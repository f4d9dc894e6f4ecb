import type { ByteFilter, Protocol, RouteId } from '../protocol.ts';
import { BodyMeter } from './body-meter.ts';
import { codec } from './codec.ts';
import { encodeError, encodeStreamError } from './errors.ts';
import { readFacts } from './facts.ts';
import { withUsageAsked } from './splice.ts';
import { createStoredMeter, readStoredFacts } from './stored.ts';
import { StreamMeter } from './stream-meter.ts';
import { UsageChunkFilter } from './usage-chunk-filter.ts';

/** OpenAI's chat completions, with legacy completions, embeddings, images, batches and files, which never cross protocols. */
export const openaiChat: Protocol = {
  id: 'openai-chat',
  readFacts: (body, path, method) => readStoredFacts(body, path, method) ?? readFacts(body, path),
  createMeter: ({ isStream, requestBytes, path }) =>
    createStoredMeter(path ?? '') ?? (isStream ? new StreamMeter(requestBytes) : new BodyMeter(requestBytes)),
  encodeError,
  encodeStreamError,
  adjustStreamRequest,
  codec,
};

/** Streams of images report their usage unasked and know no such option. */
function adjustStreamRequest(
  body: Uint8Array,
  route: RouteId,
): { readonly body: Uint8Array; readonly filter?: ByteFilter } | undefined {
  if (route !== 'chat' && route !== 'completions') return undefined;
  const asked = withUsageAsked(body);
  return asked.isAdded ? { body: asked.body, filter: new UsageChunkFilter() } : undefined;
}
