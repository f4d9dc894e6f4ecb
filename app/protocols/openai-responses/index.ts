import type { Protocol } from '../protocol.ts';
import { BodyMeter } from './body-meter.ts';
import { decodeReply } from './decode-reply.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeReply } from './encode-reply.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeError, encodeStreamError } from './errors.ts';
import { readFacts } from './facts.ts';
import { createStoredMeter, readStoredFacts } from './stored.ts';
import { ResponseDecoder } from './stream-decoder.ts';
import { ResponseEncoder } from './stream-encoder.ts';
import { StreamMeter } from './stream-meter.ts';

/** OpenAI's Responses API, which Codex speaks. */
export const openaiResponses: Protocol = {
  id: 'openai-responses',
  readFacts: (body, path, method) => readStoredFacts(path, method) ?? readFacts(body, path),
  createMeter: ({ isStream, requestBytes, path }) =>
    createStoredMeter(path ?? '') ?? (isStream ? new StreamMeter(requestBytes) : new BodyMeter(requestBytes)),
  encodeError,
  encodeStreamError,
  codec: {
    decodeRequest,
    encodeRequest,
    createDecoder: () => new ResponseDecoder(),
    createEncoder: (options) => new ResponseEncoder(options),
    decodeReply,
    encodeReply,
  },
};
