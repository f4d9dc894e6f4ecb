import type { CloudId } from '../domain/cloud.ts';
import type { ProtocolId } from '../domain/conversation.ts';

// Nothing of Node: the admin contract shares it.

/** A family of protocols that clients speak. */
export type ApiId = 'anthropic' | 'openai' | 'gemini';

/** What a key may reach: a vendor's API, or a cloud that serves vendors' models under an account of its own. */
export type ServiceId = ApiId | CloudId;

/** Where a call is served: by a cloud's account, or by any other. */
export type Where = 'direct' | CloudId;

export const wheres = ['direct', 'azure', 'bedrock'] as const satisfies readonly Where[];

export const serviceIds = ['anthropic', 'openai', 'gemini', 'azure', 'bedrock'] as const satisfies readonly ServiceId[];

export const apiOf: Readonly<Record<ProtocolId, ApiId>> = {
  anthropic: 'anthropic',
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  gemini: 'gemini',
};

/** Whose API a cloud's own clients speak. */
const apiOfCloud: Readonly<Record<CloudId, ApiId>> = { azure: 'openai', bedrock: 'anthropic' };

/**
 * Where a call in this protocol may be served; undefined for anywhere, empty for nowhere. Who may use an API may have it
 * from every account that is no cloud's, and from clouds that are named too. A cloud alone is reached in its own API.
 */
export function reachOf(services: readonly ServiceId[], protocol: ProtocolId): readonly Where[] | undefined {
  if (services.length === 0) return undefined;
  const api = apiOf[protocol];
  const clouds = services.filter(isCloud);
  return services.includes(api) ? ['direct', ...clouds] : clouds.filter((cloud) => apiOfCloud[cloud] === api);
}

export function isWithin(reach: readonly Where[] | undefined, cloud: CloudId | undefined): boolean {
  return reach === undefined || reach.includes(cloud ?? 'direct');
}

function isCloud(service: ServiceId): service is CloudId {
  return Object.hasOwn(apiOfCloud, service);
}
