import type { ProtocolId } from '../domain/conversation.ts';
import { assistPath, assistVerbs } from '../protocols/gemini/assist-path.ts';
import type { Protocol, RouteId } from '../protocols/protocol.ts';
import { routeFacts } from '../protocols/routes.ts';

/** What a path that clients call means. */
export type ClientRoute =
  | RelayRoute
  | { readonly kind: 'models'; readonly protocol: Protocol | undefined }
  | { readonly kind: 'hello' };

interface RelayRoute {
  readonly kind: 'relay';
  readonly route: RouteId;
  readonly protocol: Protocol;
  readonly upstreamPath: string;
  /** POST when absent. */
  readonly methods?: readonly string[];
}

export interface ClientRoutes {
  find(path: string): ClientRoute | undefined;
}

export type Protocols = Readonly<Record<ProtocolId, Protocol>>;

/** Where each is called: at the vendors' own paths, and under claude-relay-service's prefixes. */
const fixedPaths: readonly (readonly [RouteId, readonly string[]])[] = [
  ['messages', ['', '/api', '/claude']],
  ['count-tokens', ['', '/api', '/claude']],
  ['chat', ['', '/api', '/openai', '/openai/claude', '/openai/gemini']],
  ['completions', ['', '/api', '/openai']],
  ['embeddings', ['', '/api', '/openai']],
  ['images', ['', '/api', '/openai']],
  ['responses', ['', '/api', '/openai']],
  ['responses-compact', ['', '/api', '/openai']],
];

/** Addresses without `/v1`: what people who come from claude-relay-service have in their settings. */
const shortPaths: readonly (readonly [string, RouteId])[] = [
  ['/chat/completions', 'chat'],
  ['/openai/chat/completions', 'chat'],
  ['/azure/chat/completions', 'chat'],
  ['/azure/embeddings', 'embeddings'],
  ['/azure/responses', 'responses'],
  ['/responses', 'responses'],
  ['/openai/responses', 'responses'],
  ['/responses/compact', 'responses-compact'],
  ['/openai/responses/compact', 'responses-compact'],
];

const modelLists: readonly (readonly [string, ProtocolId | undefined])[] = [
  ['/v1/models', undefined],
  ['/models', undefined],
  ['/api/v1/models', undefined],
  ['/claude/v1/models', 'anthropic'],
  ['/openai/v1/models', 'openai-chat'],
  ['/openai/models', 'openai-chat'],
  ['/v1beta/models', 'gemini'],
  ['/gemini/v1beta/models', 'gemini'],
  ['/gemini/v1/models', 'gemini'],
];

const geminiVerbs: Readonly<Record<string, RouteId>> = {
  generateContent: 'generate',
  streamGenerateContent: 'generate',
  countTokens: 'gemini-count',
  embedContent: 'gemini-embed',
  batchEmbedContents: 'gemini-embed',
};

/** Where Gemini CLI looks for Code Assist. */
const assistPrefixes: readonly string[] = ['', '/api', '/gemini'];

const azureTails: Readonly<Record<string, RouteId>> = {
  'chat/completions': 'chat',
  completions: 'completions',
  embeddings: 'embeddings',
  'images/generations': 'images',
};

/** Every client path. Most are one look-up in a table; Gemini and Azure put names into theirs. */
export function clientRoutes(protocols: Protocols): ClientRoutes {
  const table = new Map<string, ClientRoute>([
    ['/', { kind: 'hello' }],
    ['/api/hello', { kind: 'hello' }],
  ]);
  const relayed = (route: RouteId, upstreamPath = routeFacts[route].path): RelayRoute => {
    return { kind: 'relay', route, protocol: protocols[routeFacts[route].protocol], upstreamPath };
  };
  for (const [route, prefixes] of fixedPaths) {
    for (const prefix of prefixes) table.set(prefix + routeFacts[route].path, relayed(route));
  }
  for (const [path, route] of shortPaths) table.set(path, relayed(route));
  for (const [verb, route] of assistVerbs) {
    for (const prefix of assistPrefixes) table.set(prefix + assistPath(verb), relayed(route, assistPath(verb)));
  }
  for (const [path, id] of modelLists) table.set(path, { kind: 'models', protocol: id && protocols[id] });
  return { find: (path) => table.get(path) ?? namedPath(path, relayed) };
}

/** What may be done to a stored response. */
const itemMethods: Readonly<Record<string, readonly string[]>> = {
  '': ['GET', 'DELETE'],
  '/cancel': ['POST'],
  '/input_items': ['GET'],
};

const geminiPath = /^(?:\/gemini|\/api)?(\/(?:v1beta|v1)\/models\/[\w.-]{1,128}:(\w{1,40}))$/;
const responsePath = /^(?:\/api|\/openai)?(?:\/v1)?(\/responses\/resp_[\w-]{1,200}(\/cancel|\/input_items)?)$/;
const operationPath = /^(?:\/api|\/gemini)?(\/v1internal\/operations\/[\w.-]{1,200})$/;
const azurePath = /^(?:\/azure)?\/openai\/deployments\/[\w.-]{1,128}\/([a-z/]{1,40})$/;

function namedPath(
  path: string,
  relayed: (route: RouteId, upstreamPath?: string) => RelayRoute,
): ClientRoute | undefined {
  const [, ownPath, verb = ''] = geminiPath.exec(path) ?? [];
  const generated = Object.hasOwn(geminiVerbs, verb) ? geminiVerbs[verb] : undefined;
  if (generated) return relayed(generated, ownPath);
  const [, item, action] = responsePath.exec(path) ?? [];
  if (item !== undefined) {
    return { ...relayed('responses-item', `/v1${item}`), methods: itemMethods[action ?? ''] ?? [] };
  }
  const [, operation] = operationPath.exec(path) ?? [];
  if (operation !== undefined) return { ...relayed('assist-control', operation), methods: ['GET'] };
  const [, tail = ''] = azurePath.exec(path) ?? [];
  const deployed = Object.hasOwn(azureTails, tail) ? azureTails[tail] : undefined;
  return deployed && relayed(deployed);
}
