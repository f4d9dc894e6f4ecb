import type { ProtocolId } from '../domain/conversation.ts';
import type { RouteId } from './protocol.ts';

interface RouteFacts {
  readonly protocol: ProtocolId;
  /** Conversations can be translated; everything else goes only to an upstream that serves it itself. */
  readonly isConversation: boolean;
  /** Where vendors serve it, for requests that come from another protocol. Gemini's names the model: see its provider. */
  readonly path: string;
  /** The route of the same protocol that it is a wrapper of. */
  readonly inside?: RouteId;
  /** Files, batches and other things that an upstream keeps: any bytes pass, both ways, and nothing is billed for the call. */
  readonly isStored?: true;
}

export const routeFacts: Readonly<Record<RouteId, RouteFacts>> = {
  messages: { protocol: 'anthropic', isConversation: true, path: '/v1/messages' },
  'count-tokens': { protocol: 'anthropic', isConversation: false, path: '/v1/messages/count_tokens' },
  chat: { protocol: 'openai-chat', isConversation: true, path: '/v1/chat/completions' },
  completions: { protocol: 'openai-chat', isConversation: false, path: '/v1/completions' },
  embeddings: { protocol: 'openai-chat', isConversation: false, path: '/v1/embeddings' },
  images: { protocol: 'openai-chat', isConversation: false, path: '/v1/images/generations' },
  responses: { protocol: 'openai-responses', isConversation: true, path: '/v1/responses' },
  'responses-compact': { protocol: 'openai-responses', isConversation: false, path: '/v1/responses/compact' },
  'responses-item': { protocol: 'openai-responses', isConversation: false, path: '/v1/responses' },
  'message-batches': stored('anthropic', '/v1/messages/batches'),
  files: stored('anthropic', '/v1/files'),
  'openai-batches': stored('openai-chat', '/v1/batches'),
  'openai-files': stored('openai-chat', '/v1/files'),
  conversations: stored('openai-responses', '/v1/conversations'),
  generate: { protocol: 'gemini', isConversation: true, path: '/v1beta/models' },
  'gemini-count': { protocol: 'gemini', isConversation: false, path: '/v1beta/models' },
  'gemini-embed': { protocol: 'gemini', isConversation: false, path: '/v1beta/models' },
  'assist-generate': {
    protocol: 'gemini',
    isConversation: true,
    path: '/v1internal:generateContent',
    inside: 'generate',
  },
  'assist-count': {
    protocol: 'gemini',
    isConversation: false,
    path: '/v1internal:countTokens',
    inside: 'gemini-count',
  },
  'assist-control': { protocol: 'gemini', isConversation: false, path: '/v1internal' },
};

function stored(protocol: ProtocolId, path: string): RouteFacts {
  return { protocol, isConversation: false, path, isStored: true };
}

/** What an upstream that serves `served` is asked for when a client asks for `route`; undefined when it cannot help. */
export function upstreamRoute(served: readonly RouteId[], route: RouteId): RouteId | undefined {
  if (served.includes(route)) return route;
  const { inside, isConversation } = routeFacts[route];
  if (inside !== undefined && served.includes(inside)) return inside;
  return isConversation ? served.find((own) => routeFacts[own].isConversation) : undefined;
}
