import type { Protocol } from '../protocol.ts';
import { BodyMeter } from './body-meter.ts';
import { codec } from './codec.ts';
import { encodeError, encodeStreamError } from './errors.ts';
import { readFacts } from './facts.ts';
import { adjustStoredReply, createStoredMeter, readStoredFacts } from './stored.ts';
import { StreamMeter } from './stream-meter.ts';

/** Anthropic's Messages API, with token counting, batches and files. */
export const anthropic: Protocol = {
  id: 'anthropic',
  readFacts: (body, path, method) => readStoredFacts(body, path, method) ?? readFacts(body),
  createMeter: ({ isStream, requestBytes, headers, path }) =>
    createStoredMeter(path ?? '') ?? (isStream ? new StreamMeter(requestBytes) : new BodyMeter(requestBytes, headers)),
  adjustStoredReply,
  encodeError,
  encodeStreamError,
  codec,
};
