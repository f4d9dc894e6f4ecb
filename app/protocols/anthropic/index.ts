import type { Protocol } from '../protocol.ts';
import { BodyMeter } from './body-meter.ts';
import { codec } from './codec.ts';
import { encodeError, encodeStreamError } from './errors.ts';
import { readFacts } from './facts.ts';
import { StreamMeter } from './stream-meter.ts';

/** Anthropic's Messages API, with token counting and the model list. */
export const anthropic: Protocol = {
  id: 'anthropic',
  readFacts,
  createMeter: ({ isStream, requestBytes, headers }) =>
    isStream ? new StreamMeter(requestBytes) : new BodyMeter(requestBytes, headers),
  encodeError,
  encodeStreamError,
  codec,
};
