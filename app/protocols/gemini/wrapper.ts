import type { RouteId, RouteWrapper } from '../protocol.ts';
import { createAssistWrapper } from './assist-answer.ts';
import { openAssistRequest } from './assist-request.ts';

const generate: RouteWrapper = { open: openAssistRequest, wrap: createAssistWrapper };
/** Only its requests have a wrapper. */
const count: RouteWrapper = { open: openAssistRequest, wrap: () => undefined };

const wrappers: Readonly<Partial<Record<RouteId, RouteWrapper>>> = {
  'assist-generate': generate,
  'assist-count': count,
};

export function wrapperOf(route: RouteId): RouteWrapper | undefined {
  return wrappers[route];
}
