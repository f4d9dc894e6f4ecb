import type { RouteId } from '../protocols/protocol.ts';

/** A path about what an upstream stores, and what may be done there. */
export interface StoredPath {
  /** Two vendors have files at one path: then clients are told apart by what else they send. */
  readonly routes: readonly [RouteId, ...RouteId[]];
  /** On the protocol's own root. */
  readonly path: string;
  readonly methods: readonly string[];
}

interface Shape {
  /** Its parts: the path on the vendor's root, the id, what is asked of it. */
  readonly pattern: RegExp;
  readonly routes: StoredPath['routes'];
  /** By what follows the id; `list` without one. */
  readonly methods: Readonly<Record<string, readonly string[]>>;
}

const list = ['POST', 'GET'] as const;

/** Files are what the path of both vendors says; the prefix tells whose they are. */
function files(prefix: string, routes: StoredPath['routes']): Shape {
  return {
    pattern: new RegExp(`^${prefix}(/v1/files(?:/([\\w-]{1,200})(/content)?)?)$`),
    routes,
    methods: { list, '': ['GET', 'DELETE'], '/content': ['GET'] },
  };
}

const shapes: readonly Shape[] = [
  {
    pattern: /^(?:\/api|\/openai)?(?:\/v1)?(\/responses\/(resp_[\w-]{1,200})(\/cancel|\/input_items)?)$/,
    routes: ['responses-item'],
    methods: { '': ['GET', 'DELETE'], '/cancel': ['POST'], '/input_items': ['GET'] },
  },
  {
    pattern: /^(?:\/api|\/claude)?(\/v1\/messages\/batches(?:\/([\w-]{1,200})(\/results|\/cancel)?)?)$/,
    routes: ['message-batches'],
    methods: { list, '': ['GET', 'DELETE'], '/results': ['GET'], '/cancel': ['POST'] },
  },
  files('(?:/api)?', ['openai-files', 'files']),
  files('/claude', ['files']),
  files('/openai', ['openai-files']),
  {
    pattern: /^(?:\/api|\/openai)?(\/v1\/batches(?:\/([\w-]{1,200})(\/cancel)?)?)$/,
    routes: ['openai-batches'],
    methods: { list, '': ['GET'], '/cancel': ['POST'] },
  },
  {
    pattern: /^(?:\/api|\/openai)?(\/v1\/conversations(?:\/([\w-]{1,200})(\/items)?)?)$/,
    routes: ['conversations'],
    methods: { list: ['POST'], '': ['GET', 'POST', 'DELETE'], '/items': list },
  },
  {
    pattern: /^(?:\/api|\/openai)?(\/v1\/conversations\/([\w-]{1,200})\/items\/[\w-]{1,200})$/,
    routes: ['conversations'],
    methods: { '': ['GET', 'DELETE'] },
  },
];

export function storedPath(path: string): StoredPath | undefined {
  for (const { pattern, routes, methods } of shapes) {
    const [, own, id, action = ''] = pattern.exec(path) ?? [];
    if (own === undefined) continue;
    const allowed = methods[id === undefined ? 'list' : action] ?? [];
    return { routes, path: own.startsWith('/v1/') ? own : `/v1${own}`, methods: allowed };
  }
  return undefined;
}
