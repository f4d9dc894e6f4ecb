import { anthropic } from '../anthropic/index.ts';
import type { Envelope } from '../envelope.ts';
import { encodeError, encodeRefusal } from './errors.ts';
import { EventStreamFramer } from './framer.ts';
import type { Invocation } from './path.ts';
import { openRequest } from './request.ts';

/** Anthropic's Messages as Amazon Bedrock's clients send and expect them (InvokeModel). */
export function bedrockInvoke(invocation: Invocation): Envelope {
  return {
    protocol: { ...anthropic, encodeError },
    streamType: 'application/vnd.amazon.eventstream',
    open: (body) => openRequest(body, invocation),
    createFramer: () => new EventStreamFramer(),
    encodeRefusal,
  };
}
