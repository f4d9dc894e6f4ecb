import type { IncomingMessage, RequestListener } from 'node:http';
import { isWithin, rangesOf } from '../keys/addresses.ts';
import type { Leaf } from '../sharing/authority.ts';
import type { SharedNames, SharedServer } from '../sharing/listeners.ts';
import { allowedShared, plainAddress } from './gate.ts';
import { createJoinApp, type JoinDeps } from './join/app.ts';
import { type Seen, seenBy, sharedPeer } from './peer.ts';
import { ResponsesSockets } from './responses-sockets.ts';
import { createRelayServer, type ServerDeps } from './server.ts';

export type SharedEdgeDeps = Pick<ServerDeps, 'routes' | 'door'> & {
  /** What others may see beside what clients call, and the page to join on. */
  express(seen: Seen): RequestListener;
  readonly join: Omit<JoinDeps, 'addressOf'>;
  isOpen(): boolean;
};

/** A listener for other computers: what clients call, and how to become one. The admin API is not behind it at all. */
export function createSharedServer(
  deps: SharedEdgeDeps,
  leaf: Leaf | undefined,
  names: () => SharedNames,
): SharedServer {
  const proxies = rangesOf(names().proxies);
  const peerOf = sharedPeer(proxies);
  const edge = { ...deps, door: { ...deps.door, peerOf }, allowed: () => allowedShared(names()) };
  const sockets = new ResponsesSockets(edge);
  const join = { ...deps.join, addressOf: (request: IncomingMessage) => peerOf(request).address };
  const server = createRelayServer({
    ...edge,
    sockets,
    tls: leaf,
    express: createJoinApp(join, deps.express(seenBy(peerOf, () => names().proxies.length > 0))),
    guard: (request) => objectionTo(request, names()),
  });
  if (proxies) {
    server.on('connection', (socket) => {
      if (!isWithin(proxies, plainAddress(socket.remoteAddress))) socket.destroy();
    });
  }
  return {
    server,
    renew: (next) => {
      if ('setSecureContext' in server && typeof server.setSecureContext === 'function') {
        server.setSecureContext({ key: next.key, cert: next.cert, minVersion: 'TLSv1.3' });
      }
    },
    terminate: () => sockets.terminateAll(),
  };
}

/** Only a proxy comes here then, so its word is good. No redirect: a client would send its key in plain text once more. */
function objectionTo({ headers }: IncomingMessage, { proxies, origin = '' }: SharedNames): string | undefined {
  const isPlain = headers['x-forwarded-proto'] === 'http';
  if (proxies.length === 0 || !isPlain || !origin.startsWith('https:')) return undefined;
  return `This Waystation is reached with encryption only: ${origin}`;
}
