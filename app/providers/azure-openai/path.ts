import { RelayError } from '../../domain/errors.ts';
import { resolveAt } from '../base-url.ts';
import type { UpstreamCall } from '../provider.ts';

interface AzureAddress {
  readonly baseUrl: string;
  readonly mode?: 'v1' | 'classic' | undefined;
  readonly apiVersion?: string | undefined;
}

/** The last classic version that is generally available. */
const defaultVersion = '2024-10-21';

/**
 * Where a route is served. The client's own path and query do not count, but must be harmless all the same; only a stored
 * response is named by them.
 */
export function resolveAzure(
  { baseUrl, mode, apiVersion }: AzureAddress,
  call: Pick<UpstreamCall, 'route' | 'model' | 'path'>,
): { readonly origin: string; readonly path: string } {
  const { origin } = resolveAt(baseUrl, call.path);
  // People paste the address with the path that Azure's portal shows behind it.
  const prefix = new URL(baseUrl).pathname.replace(/\/+$/, '').replace(/\/openai(?:\/v1)?$/, '');
  if (mode !== 'classic') return { origin, path: `${prefix}/openai/v1${endOf(call)}${query(call, apiVersion)}` };
  const deployment = call.route.startsWith('responses') ? '' : `/deployments/${encodeURIComponent(call.model)}`;
  return { origin, path: `${prefix}/openai${deployment}${endOf(call)}${query(call, apiVersion ?? defaultVersion)}` };
}

function endOf({ route, path }: Pick<UpstreamCall, 'route' | 'path'>): string {
  switch (route) {
    case 'chat':
      return '/chat/completions';
    case 'embeddings':
      return '/embeddings';
    case 'responses':
      return '/responses';
    case 'responses-item':
      return path.replace(/^\/v1|\?.*$/gs, '');
    default:
      throw new RelayError('request-invalid', `An Azure account does not serve ${route}. Use another account for it.`);
  }
}

/** What a client asks of a stored response is its own, but for the version. */
function query({ route, path }: Pick<UpstreamCall, 'route' | 'path'>, apiVersion: string | undefined): string {
  const asked = new URLSearchParams(route === 'responses-item' ? path.replace(/^[^?]*/, '') : '');
  asked.delete('api-version');
  if (apiVersion !== undefined) asked.set('api-version', apiVersion);
  return asked.size === 0 ? '' : `?${asked}`;
}
