import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, {
  type Express,
  type IRouter,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import { RelayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { adminRoot, adminUiPath } from './admin/contract.ts';
import { mePath, meRoot } from './me/contract.ts';
import { metricsPath } from './metrics.ts';
import { pageHeaders } from './page-headers.ts';
import { type Seen, seenDirectly } from './peer.ts';
import { requestIdHeader, sendWireError } from './reply.ts';

export interface MeRouters {
  api(seen: Seen): Router;
  readonly pages: Router;
}

export interface ExpressDeps {
  readonly adminApi: Router;
  /** Today's sums for monitoring programs; absent while the relay waits for its owner. */
  readonly metrics?: RequestHandler;
  /** The members' own page, and what it asks; absent while the relay waits for its owner. */
  readonly me?: MeRouters;
  /** The built pages; absent in a source tree that was not built. */
  readonly pagesFolder: string | undefined;
  /** In whose shape an unknown client path is refused. */
  readonly protocol: Protocol;
  health(): { readonly state: 'running' | 'paused' | 'stopping' | 'waiting'; readonly version: string };
}

/** Everything beside the relayed paths. The edge has checked `Host` and `Origin` before. */
export function createExpressApp(deps: ExpressDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/health', (_request, response) => {
    const { state, version } = deps.health();
    const isOpen = state === 'running';
    response.status(isOpen ? 200 : 503).json({ status: isOpen ? 'ok' : state, version });
  });
  app.use(adminRoot, deps.adminApi);
  if (deps.metrics) app.get(metricsPath, deps.metrics);
  if (deps.me) serveMe(app, deps.me, seenDirectly);
  app.get('/', (_request, response) => response.redirect(302, adminUiPath));
  if (deps.pagesFolder !== undefined) servePages(app, deps.pagesFolder);
  app.use((request: Request, response: Response) => refuseUnknown(deps.protocol, request, response));
  app.use(refuseBroken);
  return app;
}

/** The admin API and pages as another computer gets them, while the owner wants that. */
export interface LanAdmin {
  api(seen: Seen): Router;
  isOpenTo(how: { readonly isEncrypted: boolean }): boolean;
}

export interface SharedDeps extends Required<Pick<ExpressDeps, 'me' | 'protocol'>> {
  readonly admin: LanAdmin;
  readonly seen: Seen;
  readonly pagesFolder: string | undefined;
}

/** For other computers: the members' own page, and the admin pages when they are switched on; nothing else beside what clients call. */
export function createSharedApp(deps: SharedDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  serveMe(app, deps.me, deps.seen);
  app.use(adminPart(deps));
  app.use((_request: Request, response: Response) => {
    const requestId = newId('req', Date.now());
    const error = new RelayError('route-unknown', 'This Waystation does not serve that to other computers.');
    sendWireError(response, deps.protocol.encodeError(error, requestId), { [requestIdHeader]: requestId });
  });
  app.use(refuseBroken);
  return app;
}

/** Shut, it is as if there were nothing. */
function adminPart({ admin, pagesFolder, seen }: SharedDeps): RequestHandler {
  const part = express.Router();
  part.use(adminRoot, admin.api(seen));
  if (pagesFolder !== undefined) servePages(part, pagesFolder);
  return (request, response, next) =>
    admin.isOpenTo({ isEncrypted: seen.isEncrypted(request) }) ? part(request, response, next) : next();
}

function serveMe(app: Express, { api, pages }: MeRouters, seen: Seen): void {
  app.use(meRoot, api(seen));
  app.use(mePath, pages);
}

function servePages(app: IRouter, folder: string): void {
  if (!existsSync(join(folder, 'index.html'))) return;
  const files = express.static(folder, {
    index: 'index.html',
    dotfiles: 'ignore',
    setHeaders: (response, path) => {
      const isHashed = path.includes('assets');
      response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.use(adminUiPath, (_request, response, next) => {
    for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value);
    next();
  });
  app.use(adminUiPath, files);
}

function refuseUnknown(protocol: Protocol, request: Request, response: Response): void {
  const requestId = newId('req', Date.now());
  const error = new RelayError('route-unknown', `Waystation does not serve ${request.method} ${request.path}.`);
  sendWireError(response, protocol.encodeError(error, requestId), { [requestIdHeader]: requestId });
}

/** The last edge: a malformed path or a defect. Express knows an error handler by its four parameters. */
// biome-ignore lint/complexity/useMaxParams: see above
function refuseBroken(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) {
    next(error);
    return;
  }
  const isCallers =
    error instanceof URIError || (error instanceof Error && 'status' in error && Number(error.status) < 500);
  response
    .status(isCallers ? 400 : 500)
    .json({ error: { message: isCallers ? 'The address is malformed.' : 'Internal error.' } });
}
