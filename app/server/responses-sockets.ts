import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { RelayError } from '../domain/errors.ts';
import type { Headers } from '../domain/headers.ts';
import { authenticate } from '../relay/authenticate.ts';
import { readClientHeaders } from '../relay/headers.ts';
import type { ClientDoorDeps } from './client-door.ts';
import type { ClientRoute, ClientRoutes, RelayRoute } from './client-routes.ts';
import { type AllowedNames, knock } from './gate.ts';
import { type Connection, ResponsesSocket, receivedOn } from './responses-socket.ts';

export interface ResponsesSocketsDeps {
  readonly routes: ClientRoutes;
  readonly door: ClientDoorDeps;
  allowed(): AllowedNames;
  isOpen(): boolean;
}

/** At once: each may remember a conversation. Whoever comes then is served over HTTP. */
const maxOpen = 100;
/** Of all conversations together. */
const maxRememberedBytes = 64 * 1024 * 1024;
/** So many sessions are remembered to do better over HTTP. */
const maxDeclined = 1_000;

/** Every client's WebSocket for Responses. What it does not accept is an ordinary request, which is answered 426. */
export class ResponsesSockets {
  readonly #deps: ResponsesSocketsDeps;
  readonly #server: WebSocketServer;
  readonly #open = new Set<ResponsesSocket>();
  readonly #declined = new Set<string>();

  constructor(deps: ResponsesSocketsDeps) {
    this.#deps = deps;
    const maxPayload = deps.door.limits.maxBodyBytes;
    // Compression would cost more than a loopback connection gains, and needs guarding against bombs.
    this.#server = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false, clientTracking: false });
  }

  /**
   * Whether this request becomes a WebSocket. A refused key does not: Codex asks for a socket seven times, but over HTTP
   * it reads the reason at once.
   */
  accepts(request: IncomingMessage): boolean {
    return this.#connectionOf(request) !== undefined;
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const connection = this.#connectionOf(request);
    if (!connection) {
      // The relay began to stop in between.
      stream.end('HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      const opened = new ResponsesSocket(
        this.#deps.door,
        { socket, stream },
        {
          connection,
          isOpen: () => this.#deps.isOpen(),
          mayRemember: (bytes) => this.#rememberedBytes() + bytes <= maxRememberedBytes,
          decline: () => this.#decline(connection),
        },
      );
      this.#open.add(opened);
      socket.once('close', () => this.#open.delete(opened));
    });
  }

  /** For stopping: what runs may end. */
  closeIdle(): void {
    for (const socket of this.#open) socket.closeIdle();
  }

  terminateAll(): void {
    for (const socket of this.#open) socket.terminate();
  }

  #rememberedBytes(): number {
    return [...this.#open].reduce((sum, socket) => sum + socket.rememberedBytes, 0);
  }

  #connectionOf(request: IncomingMessage): Connection | undefined {
    const { method = '', url = '', rawHeaders } = request;
    if (!isHandshake(request) || !this.#deps.isOpen() || this.#open.size >= maxOpen) return undefined;
    const entry = knock({ method, url, rawHeaders }, this.#deps.allowed());
    const route = entry.isOpen ? this.#deps.routes.find(entry.path) : undefined;
    if (!entry.isOpen || !isResponses(route)) return undefined;
    const connection = { ...connectionOf(request, route, entry.query), ...this.#deps.door.peerOf(request) };
    const isDeclined = this.#declined.has(connection.headers.sessionId ?? '');
    return !isDeclined && this.#isKnown(connection) ? connection : undefined;
  }

  #isKnown(connection: Connection): boolean {
    try {
      const { signal } = new AbortController();
      authenticate(this.#deps.door, receivedOn(this.#deps.door, connection, { requestId: '', body: nothing, signal }));
      return true;
    } catch (error) {
      if (error instanceof RelayError) return false;
      throw error;
    }
  }

  #decline({ headers: { sessionId } }: Connection): void {
    // Without a name of its own it cannot be told from others, which are none the worse.
    if (sessionId === undefined) return;
    const [oldest] = this.#declined;
    if (oldest !== undefined && this.#declined.size >= maxDeclined) this.#declined.delete(oldest);
    this.#declined.add(sessionId);
  }
}

const nothing = Buffer.alloc(0);

/** RFC 6455, 4.1: whatever is less gets 426 too. */
function isHandshake({ method, headers }: IncomingMessage): boolean {
  const isAsked = method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
  const key = headers['sec-websocket-key'] ?? '';
  return isAsked && headers['sec-websocket-version'] === '13' && /^[+/0-9A-Za-z]{22}==$/.test(key);
}

function isResponses(route: ClientRoute | undefined): route is RelayRoute {
  return route?.kind === 'relay' && route.route === 'responses';
}

function connectionOf(
  request: IncomingMessage,
  route: RelayRoute,
  query: string,
): Omit<Connection, 'address' | 'isLoopback'> {
  const headers = readClientHeaders(request.rawHeaders);
  return {
    protocol: route.protocol,
    path: route.upstreamPath + query,
    headers: { ...headers, forward: overHttp(headers.forward) },
  };
}

/**
 * Upstreams are asked for a stream, and nothing is said to them of a socket that ends here. What Codex says of a turn in
 * a header is about the first one; each brings its own in its body.
 */
function overHttp({ 'openai-beta': betas = '', 'x-codex-turn-metadata': _, ...rest }: Headers): Headers {
  const others = betas.split(',').filter((beta) => !/^\s*responses_websockets=/.test(beta));
  const kept = others.join(',').trim();
  return { ...rest, accept: 'text/event-stream', ...(kept === '' ? {} : { 'openai-beta': kept }) };
}
