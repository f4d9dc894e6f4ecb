import type { Envelope, RouteId } from '../protocol.ts';
import { createAssistWrapper } from './assist-answer.ts';
import { openAssistRequest } from './assist-request.ts';

const generate: Envelope = { open: openAssistRequest, wrap: createAssistWrapper };
/** Only its requests have a wrapper. */
const count: Envelope = { open: openAssistRequest, wrap: () => undefined };

const envelopes: Readonly<Partial<Record<RouteId, Envelope>>> = { 'assist-generate': generate, 'assist-count': count };

export function envelopeOf(route: RouteId): Envelope | undefined {
  return envelopes[route];
}
