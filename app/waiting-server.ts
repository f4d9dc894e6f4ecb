import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Express } from 'express';
import type { Clock } from './domain/clock.ts';
import { RelayError } from './domain/errors.ts';
import { newId } from './domain/ids.ts';
import { newControlToken } from './instance.ts';
import { findPages } from './pages-folder.ts';
import { protocols } from './protocols/index.ts';
import { signInUrl } from './server/admin/contract.ts';
import type { WaitingOperations } from './server/admin/contract-waiting.ts';
import { AdminError } from './server/admin/errors.ts';
import { waitingRouter } from './server/admin/mount.ts';
import { AdminSessions } from './server/admin/sessions.ts';
import { clientRoutes } from './server/client-routes.ts';
import { createExpressApp } from './server/express-app.ts';
import { allowedNames, knock } from './server/gate.ts';
import { requestIdHeader, sendWireError } from './server/reply.ts';

export interface WaitingServerDeps extends WaitingOperations {
  readonly clock: Clock;
  readonly version: string;
}

/** The page that asks. It never leaves this computer. */
const host = '127.0.0.1';

/** Stands where the relay would, until its owner has decided: the same page behind the same door, and no call gets through. */
export class WaitingServer {
  readonly token = newControlToken();
  readonly #deps: WaitingServerDeps;
  readonly #sessions: AdminSessions;
  readonly #express: Express;
  readonly #routes = clientRoutes(protocols);
  #server: Server | undefined;
  #port = 0;

  constructor(deps: WaitingServerDeps) {
    this.#deps = deps;
    this.#sessions = new AdminSessions(deps.clock);
    const { version } = deps;
    this.#express = createExpressApp({
      adminApi: waitingRouter(deps, { token: this.token, door: this.#door() }),
      pagesFolder: findPages(),
      protocol: protocols.anthropic,
      health: () => ({ state: 'waiting', version }),
    });
  }

  get url(): string {
    return `http://${host}:${this.#port}`;
  }

  /** Good once, for five minutes. */
  signInUrl(): string {
    return signInUrl(this.url, this.#sessions.createTicket().ticket);
  }

  /** At the port where it is looked for, or at any other when that one is taken. */
  async listen(port: number): Promise<void> {
    const server = createServer((request, response) => this.#serve(request, response));
    this.#server = server;
    try {
      await listenAt(server, port);
    } catch {
      await listenAt(server, 0);
    }
    const address = server.address();
    this.#port = typeof address === 'object' && address ? address.port : port;
  }

  /** The port is free at once; what is being answered may end. Resolves when it has. */
  async leave(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    await closed;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', rawHeaders } = request;
    const entry = knock({ method, url, rawHeaders }, allowedNames(this.#port, []));
    // One answer for each connection: none stays open when it is time to leave.
    response.setHeader('connection', 'close');
    if (!entry.isOpen) {
      response.writeHead(entry.status).end();
      return;
    }
    const route = this.#routes.find(entry.path);
    if (route) {
      const requestId = newId('req', this.#deps.clock.now());
      const protocol = ('protocol' in route && route.protocol) || protocols.anthropic;
      const error = new RelayError('paused', `${this.#deps.show().happened} Waystation waits for you in its window.`);
      sendWireError(response, protocol.encodeError(error, requestId), { [requestIdHeader]: requestId });
      return;
    }
    request.url = entry.path + entry.query;
    this.#express(request, response);
  }

  #door() {
    const sessions = this.#sessions;
    return {
      sessions,
      takesPassword: async () => false,
      signIn: async ({ ticket }: { readonly ticket?: string | undefined }) => {
        if (ticket !== undefined && sessions.redeem(ticket)) return sessions.open({ way: 'ticket' });
        throw new AdminError('ticket-invalid', 'This link was used already. Make a new one with: waystation open');
      },
    };
  }
}

async function listenAt(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
