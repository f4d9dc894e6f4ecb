import { routeFacts } from '../protocols/routes.ts';
import type { UpstreamCall } from './provider.ts';

/** The content type of what goes upstream: JSON, except where a client uploads what is its own. */
export function bodyTypeOf({ route, headers }: Pick<UpstreamCall, 'route' | 'headers'>): string {
  const own = routeFacts[route].isStored ? headers['content-type'] : undefined;
  return own ?? 'application/json';
}
