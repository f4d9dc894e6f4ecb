import { anthropic } from '../anthropic/index.ts';
import type { AnswerEnvelope, Envelope } from '../envelope.ts';
import type { Protocol } from '../protocol.ts';
import { encodeError, encodeRefusal } from './errors.ts';
import { EventStreamFramer } from './framer.ts';
import type { Invocation } from './path.ts';
import { openRequest } from './request.ts';

/** Anthropic's Messages with the errors of Amazon Bedrock. */
export const bedrockMessages: Protocol = { ...anthropic, encodeError };

const answer: AnswerEnvelope = {
  streamType: 'application/vnd.amazon.eventstream',
  createFramer: () => new EventStreamFramer(),
  encodeRefusal,
};

/** Anthropic's Messages as Amazon Bedrock's clients send and expect them (InvokeModel). */
export function bedrockInvoke(invocation: Invocation): Envelope {
  return { open: (body) => openRequest(body, invocation), answer };
}
