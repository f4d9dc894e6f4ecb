import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ClientDoorDeps, serveClient } from './client-door.ts';
import type { ClientRoutes } from './client-routes.ts';
import { type AllowedNames, knock } from './gate.ts';
import type { ResponsesSockets } from './responses-sockets.ts';

export interface ServerDeps {
  readonly routes: ClientRoutes;
  readonly door: ClientDoorDeps;
  /** Everything that is not the hot path: admin API, admin UI, unknown paths. */
  readonly express: RequestListener;
  readonly sockets: ResponsesSockets;
  /** Read for each request: the port is known only after listening. */
  allowed(): AllowedNames;
  /** Why nobody is let in who comes like that; undefined when they are. */
  guard?(request: IncomingMessage): string | undefined;
  /** Everybody who comes is on this computer: nobody can go without the system saying so. */
  readonly isLocal?: boolean;
  /** For other computers: nothing older than TLS 1.3. Left out: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
}

const options = {
  maxHeaderSize: 16 * 1024,
  // A backstop: the body's own idle limit is stricter, and answers may take as long as they need.
  requestTimeout: 600_000,
  // Clients pool their connections: longer than any of them keeps one idle (stack.md 8).
  keepAliveTimeout: 75_000,
  noDelay: true,
} as const;

/** Finds out about computers that went without a word. */
const probes = { keepAlive: true, keepAliveInitialDelay: 30_000 } as const;

/** The HTTP listener with the limits of reliability.md. */
export function createRelayServer(deps: ServerDeps): Server {
  // Sockets that were told to go: whatever the parser makes of the rest of their bytes gets no second answer.
  const refused = new WeakSet<Duplex>();
  const own = { ...deps, refused };
  const answer: RequestListener = (request, response) => serve(own, request, response);
  const shouldUpgradeCallback = (request: IncomingMessage) =>
    deps.guard?.(request) === undefined && deps.sockets.accepts(request);
  const { headersMs } = deps.door.limits;
  const timed = {
    ...options,
    ...(!deps.isLocal && probes),
    headersTimeout: headersMs,
    connectionsCheckingInterval: headersMs / 2,
  };
  const server = deps.tls
    ? createTlsServer(
        { ...timed, ...deps.tls, minVersion: 'TLSv1.3', handshakeTimeout: 10_000, shouldUpgradeCallback },
        answer,
      )
    : createServer({ ...timed, shouldUpgradeCallback }, answer);
  // A thousand calls at once, and a few for the people who look after them.
  server.maxConnections = 1_024;
  // Node drops headers beyond this silently; the gate counts and refuses long before.
  server.maxHeadersCount = 2_000;
  server.on('upgrade', (request, socket, head) => deps.sockets.upgrade(request, socket, head));
  server.on('clientError', (error, socket) => {
    if (!refused.has(socket)) refuseMalformed(error, socket);
  });
  return server;
}

function serve(
  deps: ServerDeps & { readonly refused: WeakSet<Duplex> },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method = '', url = '', rawHeaders } = request;
  const objection = deps.guard?.(request);
  if (objection !== undefined) {
    deps.refused.add(request.socket);
    refuse(response, 403, objection);
    return;
  }
  const entry = knock({ method, url, rawHeaders }, deps.allowed());
  if (!entry.isOpen) {
    deps.refused.add(request.socket);
    refuse(response, entry.status, entry.reason);
    return;
  }
  const route = deps.routes.find(entry.path);
  if (request.headers.upgrade !== undefined && route) {
    // Codex goes on over HTTP at this answer, and at no other (clients.md).
    refuse(response, 426, 'This cannot be had over a WebSocket here; use HTTP.');
    return;
  }
  if (route && route.kind !== 'hello') {
    void serveClient(deps.door, { request, response, route, query: entry.query });
    return;
  }
  if (route && method === 'HEAD') {
    response.writeHead(200).end();
    return;
  }
  // Express sees the path only: an absolute-form target was checked above.
  request.url = entry.path + entry.query;
  deps.express(request, response);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  const body =
    reason === '' ? '' : JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message: reason } });
  response.writeHead(status, {
    connection: 'close',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body, () => response.socket?.destroy());
}

const malformed: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** The parser gave up: answer what can be answered, and close, so that no second request is read from the rest. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Who does not speak TLS gets no answer: a redirect would bring the key over in plain text once more (B13).
  if (error.code === 'ECONNRESET' || /^ERR_(SSL|TLS)_/.test(error.code ?? '') || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = malformed[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
