import type { ProtocolId } from '../domain/conversation.ts';
import { bedrockInvoke, bedrockMessages } from '../protocols/bedrock-invoke/index.ts';
import { readInvocation } from '../protocols/bedrock-invoke/path.ts';
import type { Envelope } from '../protocols/envelope.ts';
import { assistPath, assistVerbs } from '../protocols/gemini/assist-path.ts';
import { modelOfPath } from '../protocols/named-model.ts';
import type { Protocol, RouteId } from '../protocols/protocol.ts';
import { routeFacts } from '../protocols/routes.ts';
import { type HolderPage, holderPageNames, holderPages } from './holder-contract.ts';
import { type StoredPath, storedPath } from './stored-paths.ts';

/** What a path that clients call means. */
export type ClientRoute = RelayRoute | ModelsRoute | HolderRoute | { readonly kind: 'hello' };

/** What the holder of a key asks about it. */
interface HolderRoute {
  readonly kind: 'holder';
  readonly protocol: Protocol | undefined;
  readonly page: HolderPage;
}

/** The list, or one model of it by its name. */
interface ModelsRoute {
  readonly kind: 'models';
  readonly protocol: Protocol | undefined;
  readonly model?: string | undefined;
}

export interface RelayRoute {
  readonly kind: 'relay';
  readonly route: RouteId;
  readonly protocol: Protocol;
  readonly upstreamPath: string;
  readonly envelope?: Envelope | undefined;
  /** POST when absent. */
  readonly methods?: readonly string[];
  /** The same path in another vendor's dialect. */
  readonly inDialect?: RelayRoute | undefined;
}

export interface ClientRoutes {
  /** Those that have no names in them. */
  readonly paths: readonly string[];
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
  ['/openai/claude/v1/models', 'openai-chat'],
  ['/openai/gemini/v1/models', 'openai-chat'],
  ['/openai/gemini/models', 'openai-chat'],
  ['/azure/models', 'openai-chat'],
  ['/v1beta/models', 'gemini'],
  ['/gemini/v1beta/models', 'gemini'],
  ['/gemini/v1/models', 'gemini'],
  ['/gemini/models', 'gemini'],
  ['/api/v1beta/models', 'gemini'],
];

/** At our own paths, and where claude-relay-service has them. */
const holderPaths: readonly (readonly [string, ProtocolId | undefined])[] = [
  ['', undefined],
  ['/api', undefined],
  ['/claude', 'anthropic'],
  ['/openai', 'openai-chat'],
  ['/gemini', 'gemini'],
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

/** Every client path. Most are one look-up in a table; Gemini, Azure and Bedrock put names into theirs. */
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
  for (const [path, route] of holderRoutes(protocols)) table.set(path, route);
  return {
    paths: [...table.keys()],
    find: (path) => table.get(path) ?? namedPath(path, relayed) ?? oneModel(path, table),
  };
}

function holderRoutes(protocols: Protocols): (readonly [string, HolderRoute])[] {
  return holderPaths.flatMap(([prefix, id]) =>
    holderPageNames.flatMap((page) => {
      const route: HolderRoute = { kind: 'holder', protocol: id && protocols[id], page };
      const own = [prefix + holderPages[page].path, route] as const;
      // Those two it has without a version.
      return prefix === '/openai' || prefix === '/gemini' ? [own, [`${prefix}/${page}`, route] as const] : [own];
    }),
  );
}

const geminiPath = /^(?:\/gemini|\/api)?(\/(?:v1beta|v1)\/models\/[\w.-]{1,128}:(\w{1,40}))$/;
const operationPath = /^(?:\/api|\/gemini)?(\/v1internal\/operations\/[\w.-]{1,200})$/;
const azurePath = /^(?:\/azure)?\/openai\/deployments\/([\w.-]{1,128})\/([a-z/]{1,40})$/;

function namedPath(
  path: string,
  relayed: (route: RouteId, upstreamPath?: string) => RelayRoute,
): ClientRoute | undefined {
  const invocation = readInvocation(path);
  if (invocation) return { ...relayed('messages'), protocol: bedrockMessages, envelope: bedrockInvoke(invocation) };
  const [, ownPath, verb = ''] = geminiPath.exec(path) ?? [];
  const generated = Object.hasOwn(geminiVerbs, verb) ? geminiVerbs[verb] : undefined;
  if (generated) return relayed(generated, ownPath);
  const stored = storedPath(path);
  if (stored) return storedRoute(stored, relayed);
  const [, operation] = operationPath.exec(path) ?? [];
  if (operation !== undefined) return { ...relayed('assist-control', operation), methods: ['GET'] };
  const [, deployment = '', tail = ''] = azurePath.exec(path) ?? [];
  const deployed = Object.hasOwn(azureTails, tail) ? azureTails[tail] : undefined;
  return deployed && { ...relayed(deployed), envelope: modelOfPath(deployment) };
}

function storedRoute(
  { routes: [first, other], path, methods }: StoredPath,
  relayed: (route: RouteId, upstreamPath?: string) => RelayRoute,
): RelayRoute {
  const inDialect = other && { ...relayed(other, path), methods };
  return { ...relayed(first, path), methods, inDialect };
}

/** A model below one of the lists. Names may hold slashes, as `meta-llama/llama-3` does. */
const modelPath = /^(.{0,40}?\/models)\/([^?]{1,300})$/;

function oneModel(path: string, table: ReadonlyMap<string, ClientRoute>): ModelsRoute | undefined {
  const [, list = '', encoded = ''] = modelPath.exec(path) ?? [];
  const found = table.get(list);
  const model = decoded(encoded);
  return found?.kind === 'models' && model !== '' ? { ...found, model } : undefined;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return ''; // a broken escape names nothing
  }
}
